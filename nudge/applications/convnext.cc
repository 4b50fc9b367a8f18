#include <fmt/format.h>

#include <array>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/applications/imagenet_pixels.h"
#include "nudge/graph/sequential.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

struct ConvNextMember {
  const char* name;
  const char* model;
  std::array<int, 4> depths;
  std::array<int64_t, 4> widths;
};

constexpr ConvNextMember kConvNexts[] = {
    {"Tiny", "convnext_tiny", {3, 3, 9, 3}, {96, 192, 384, 768}},
    {"Small", "convnext_small", {3, 3, 27, 3}, {96, 192, 384, 768}},
    {"Base", "convnext_base", {3, 3, 27, 3}, {128, 256, 512, 1024}},
    {"Large", "convnext_large", {3, 3, 27, 3}, {192, 384, 768, 1536}},
    {"XLarge", "convnext_xlarge", {3, 3, 27, 3}, {256, 512, 1024, 2048}},
};

LayerPtr normalization(const std::string& name) {
  return std::make_shared<layers::LayerNormalization>(
      layers::LayerNormalizationOptions{.epsilon = 1e-6, .name = name});
}

// A convolution that takes each pixel once.
LayerPtr patches(int64_t filters, int64_t size, const std::string& name) {
  return std::make_shared<layers::Conv2D>(
      layers::Conv2DOptions{.filters = filters, .kernel_size = size, .strides = size, .name = name});
}

// A model within the model, as in Keras.
Tensor stacked(const Tensor& x, const LayerPtr& first, const LayerPtr& second, const std::string& name) {
  const Shape shape(x.shape().begin() + 1, x.shape().end());
  const auto start = std::make_shared<InputLayer>(shape, name + "_input");
  return sequential({start, first, second}, name)->call(x);
}

Tensor convnext_block(const Tensor& inputs, const std::string& name, LayerNames& names) {
  const int64_t channels = inputs.shape()[3];
  Tensor x = layers::conv2d(inputs, {.filters = channels,
                                     .kernel_size = 7,
                                     .padding = layers::Padding::kSame,
                                     .groups = channels,
                                     .name = name + "_depthwise_conv"});
  x = normalization(name + "_layernorm")->call(x);
  x = layers::dense(x, {.units = 4 * channels, .name = name + "_pointwise_conv_1"});
  x = activated(x, "gelu", name + "_gelu");
  x = layers::dense(x, {.units = channels, .name = name + "_pointwise_conv_2"});
  x = layers::layer_scale(x,
                          {.init_values = 1e-6, .projection_dim = channels, .name = name + "_layer_scale"});
  x = activated(x, "linear", name + "_identity");
  return layers::add({inputs, x}, {.name = names("add")});
}

Tensor convnext_body(const Tensor& image, const ApplicationOptions& options, const ConvNextMember& member,
                     LayerNames& names) {
  const std::string model = member.model;
  Tensor x = image;
  if (options.include_preprocessing && image.shape()[3] == 3) {
    x = layers::normalization(x, {.mean = imagenet_mean(255),
                                  .variance = imagenet_variance(255),
                                  .name = model + "_prestem_normalization"});
  }
  x = stacked(x, patches(member.widths[0], 4, model + "_stem_conv"), normalization(model + "_stem_layernorm"),
              model + "_stem");
  for (size_t stage = 0; stage < member.depths.size(); ++stage) {
    if (stage > 0) {
      const std::string part = fmt::format("{}_downsampling", model);
      x = stacked(x, normalization(fmt::format("{}_layernorm_{}", part, stage - 1)),
                  patches(member.widths[stage], 2, fmt::format("{}_conv_{}", part, stage - 1)),
                  fmt::format("{}_block_{}", part, stage - 1));
    }
    for (int i = 0; i < member.depths[stage]; ++i) {
      x = convnext_block(x, fmt::format("{}_stage_{}_block_{}", model, stage, i), names);
    }
  }
  return x;
}

Tensor convnext_top(const Tensor& features, const ApplicationOptions& options, const std::string& model) {
  Tensor x = layers::global_average_pooling2d(features, {.name = model + "_head_gap"});
  x = normalization(model + "_head_layernorm")->call(x);
  return predictions(x, options, {}, model + "_head_dense");
}

Tensor layer_normalized(const Tensor& x) { return normalization("layer_normalization")->call(x); }

Application convnext_application(const ConvNextMember& member) {
  const auto build = [member](const Tensor& image, const ApplicationOptions& options, LayerNames& names) {
    return convnext_body(image, options, member, names);
  };
  const auto classify = [member](const Tensor& features, const ApplicationOptions& options, LayerNames&) {
    return convnext_top(features, options, member.model);
  };
  return {.name = std::string("ConvNeXt") + member.name,
          .model_name = member.model,
          .preprocessing = "none",
          .bare_preprocessing = "torch",
          .own = {.include_preprocessing = true},
          .body = build,
          .top = classify,
          .short_pool_names = false,
          .after_pooling = layer_normalized};
}

}  // namespace

std::vector<Application> convnext() { return from_rows(kConvNexts, convnext_application); }

}  // namespace nudge::applications
