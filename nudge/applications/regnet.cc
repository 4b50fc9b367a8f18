#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::ActivationFunction;
using layers::Padding;

struct RegNetMember {
  const char* name;
  std::array<int, 4> depths;
  std::array<int64_t, 4> widths;
  int64_t group_width;
};

constexpr RegNetMember kRegNets[] = {
    {"X002", {1, 1, 4, 7}, {24, 56, 152, 368}, 8},
    {"X004", {1, 2, 7, 12}, {32, 64, 160, 384}, 16},
    {"X006", {1, 3, 5, 7}, {48, 96, 240, 528}, 24},
    {"X008", {1, 3, 7, 5}, {64, 128, 288, 672}, 16},
    {"X016", {2, 4, 10, 2}, {72, 168, 408, 912}, 24},
    {"X032", {2, 6, 15, 2}, {96, 192, 432, 1008}, 48},
    {"X040", {2, 5, 14, 2}, {80, 240, 560, 1360}, 40},
    {"X064", {2, 4, 10, 1}, {168, 392, 784, 1624}, 56},
    {"X080", {2, 5, 15, 1}, {80, 240, 720, 1920}, 120},
    {"X120", {2, 5, 11, 1}, {224, 448, 896, 2240}, 112},
    {"X160", {2, 6, 13, 1}, {256, 512, 896, 2048}, 128},
    {"X320", {2, 7, 13, 1}, {336, 672, 1344, 2520}, 168},
    {"Y002", {1, 1, 4, 7}, {24, 56, 152, 368}, 8},
    {"Y004", {1, 3, 6, 6}, {48, 104, 208, 440}, 8},
    {"Y006", {1, 3, 7, 4}, {48, 112, 256, 608}, 16},
    {"Y008", {1, 3, 8, 2}, {64, 128, 320, 768}, 16},
    {"Y016", {2, 6, 17, 2}, {48, 120, 336, 888}, 24},
    {"Y032", {2, 5, 13, 1}, {72, 216, 576, 1512}, 24},
    {"Y040", {2, 6, 12, 2}, {128, 192, 512, 1088}, 64},
    {"Y064", {2, 7, 14, 2}, {144, 288, 576, 1296}, 72},
    {"Y080", {2, 4, 10, 1}, {168, 448, 896, 2016}, 56},
    {"Y120", {2, 5, 11, 1}, {224, 448, 896, 2240}, 112},
    {"Y160", {2, 4, 11, 1}, {224, 448, 1232, 3024}, 112},
    {"Y320", {2, 5, 12, 1}, {232, 696, 1392, 3712}, 232},
};

Tensor regnet_conv(const Tensor& x, layers::Conv2DOptions options) {
  options.use_bias = false;
  options.kernel_initializer = {.name = "HeNormal"};
  return layers::conv2d(x, std::move(options));
}

Tensor regnet_normalized(const Tensor& x, const std::string& name) {
  return layers::batch_normalization(x, {.momentum = 0.9, .epsilon = 1e-5, .name = name});
}

// 1x1 with normalisation, called `name` and `bn`.
Tensor regnet_pointwise(const Tensor& x, int64_t filters, int64_t stride, const std::string& name,
                        const std::string& bn) {
  return regnet_normalized(regnet_conv(x, {.filters = filters, .strides = stride, .name = name}), bn);
}

Tensor regnet_excited(const Tensor& x, int64_t reduced, const std::string& name, LayerNames& names) {
  const auto gate = [](const Tensor& y, int64_t filters, ActivationFunction function,
                       const std::string& gate_name) {
    return layers::conv2d(y, {.filters = filters,
                              .activation = function,
                              .kernel_initializer = {.name = "HeNormal"},
                              .name = gate_name});
  };
  Tensor y = layers::global_average_pooling2d(x, {.keepdims = true, .name = name + "_gap"});
  y = gate(y, reduced, ActivationFunction::kRelu, name + "_squeeze");
  y = gate(y, x.shape()[3], ActivationFunction::kSigmoid, name + "_excite");
  return layers::multiply({y, x}, {.name = names("multiply")});
}

struct RegNetBlock {
  int64_t filters;
  int64_t groups;
  int64_t stride;
  bool excite;
};

Tensor regnet_block(const Tensor& x, const RegNetBlock& block, const std::string& name, LayerNames& names) {
  Tensor around = x;
  if (block.stride != 1) {
    around = regnet_pointwise(x, block.filters, block.stride, name + "_skip_1x1", name + "_skip_bn");
  }
  Tensor y = regnet_pointwise(x, block.filters, 1, name + "_conv_1x1_1", name + "_conv_1x1_1_bn");
  y = layers::relu(y, {.name = name + "_conv_1x1_1_relu"});
  y = regnet_conv(y, {.filters = block.filters,
                      .kernel_size = 3,
                      .strides = block.stride,
                      .padding = Padding::kSame,
                      .groups = block.groups,
                      .name = name + "_conv_3x3"});
  y = layers::relu(regnet_normalized(y, name + "_conv_3x3_bn"), {.name = name + "_conv_3x3_relu"});
  if (block.excite) y = regnet_excited(y, x.shape()[3] / 4, name + "_squeeze_and_excite", names);
  y = regnet_pointwise(y, block.filters, 1, name + "_conv_1x1_2", name + "_conv_1x1_2_bn");
  return layers::relu(layers::add({y, around}, {.name = names("add")}), {.name = name + "_exit_relu"});
}

Tensor regnet_body(const Tensor& image, const ApplicationOptions& options, const RegNetMember& member,
                   const std::string& model, LayerNames& names) {
  Tensor x = image;
  if (options.include_preprocessing) {
    x = layers::rescaling(x, {.scale = 1.0 / 255, .name = model + "_prestem_rescaling"});
  }
  x = regnet_conv(x, {.filters = 32,
                      .kernel_size = 3,
                      .strides = 2,
                      .padding = Padding::kSame,
                      .name = model + "_stem_conv"});
  x = layers::relu(regnet_normalized(x, model + "_stem_bn"), {.name = model + "_stem_relu"});
  const char kind = member.name[0];
  for (size_t stage = 0; stage < member.depths.size(); ++stage) {
    const int64_t filters = member.widths[stage];
    for (int i = 0; i < member.depths[stage]; ++i) {
      x = regnet_block(
          x, {filters, std::max<int64_t>(1, filters / member.group_width), i == 0 ? 2 : 1, kind == 'Y'},
          fmt::format("{}_Stage_{}_{}Block_{}", model, stage, kind, i), names);
    }
  }
  return x;
}

// Ends in logits whatever the activation, as in tf.keras; an activation is refused.
Tensor regnet_top(const Tensor& features, const ApplicationOptions& options, LayerNames&) {
  const Tensor x = layers::global_average_pooling2d(features, {.name = "1_head_gap"});
  return layers::dense(x, {.units = *options.classes, .name = "1head_dense"});
}

Application regnet_application(const RegNetMember& member) {
  std::string model = fmt::format("regnet{}{}", member.name[0] == 'X' ? 'x' : 'y', member.name + 1);
  const auto build = [member, model](const Tensor& image, const ApplicationOptions& options,
                                     LayerNames& names) {
    return regnet_body(image, options, member, model, names);
  };
  return {.name = std::string("RegNet") + member.name,
          .model_name = model,
          .preprocessing = "none",
          .bare_preprocessing = "rescale",
          .own = {.include_preprocessing = true, .classifier_activation = false},
          .body = build,
          .top = regnet_top,
          .short_pool_names = false};
}

}  // namespace

std::vector<Application> regnet() { return from_rows(kRegNets, regnet_application); }

}  // namespace nudge::applications
