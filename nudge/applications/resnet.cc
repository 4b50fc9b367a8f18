#include <fmt/format.h>

#include <array>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::Padding;
using Depths = std::array<int, 4>;

struct ResNetBlock {
  int64_t filters;
  int64_t stride;
  bool projected;  // the way around it is a convolution
};

Tensor resnet_normalized(const Tensor& x, const std::string& name) {
  return layers::batch_normalization(x, {.epsilon = 1.001e-5, .name = name});
}

Tensor resnet_pointwise(const Tensor& x, int64_t filters, int64_t stride, const std::string& name) {
  return layers::conv2d(x, {.filters = filters, .kernel_size = 1, .strides = stride, .name = name});
}

Tensor block_v1(const Tensor& x, const ResNetBlock& block, const std::string& name) {
  Tensor around = x;
  if (block.projected) {
    around = resnet_normalized(resnet_pointwise(x, 4 * block.filters, block.stride, name + "_0_conv"),
                               name + "_0_bn");
  }
  Tensor y =
      resnet_normalized(resnet_pointwise(x, block.filters, block.stride, name + "_1_conv"), name + "_1_bn");
  y = activated(y, "relu", name + "_1_relu");
  y = layers::conv2d(
      y, {.filters = block.filters, .kernel_size = 3, .padding = Padding::kSame, .name = name + "_2_conv"});
  y = activated(resnet_normalized(y, name + "_2_bn"), "relu", name + "_2_relu");
  y = resnet_normalized(resnet_pointwise(y, 4 * block.filters, 1, name + "_3_conv"), name + "_3_bn");
  return activated(layers::add({around, y}, {.name = name + "_add"}), "relu", name + "_out");
}

Tensor block_v2(const Tensor& x, const ResNetBlock& block, const std::string& name, LayerNames& names) {
  const Tensor before = activated(resnet_normalized(x, name + "_preact_bn"), "relu", name + "_preact_relu");
  Tensor around = x;
  if (block.projected) {
    around = resnet_pointwise(before, 4 * block.filters, block.stride, name + "_0_conv");
  } else if (block.stride > 1) {
    around =
        layers::max_pooling2d(x, {.pool_size = 1, .strides = block.stride, .name = names("max_pooling2d")});
  }
  Tensor y = layers::conv2d(
      before, {.filters = block.filters, .kernel_size = 1, .use_bias = false, .name = name + "_1_conv"});
  y = activated(resnet_normalized(y, name + "_1_bn"), "relu", name + "_1_relu");
  y = layers::zero_padding2d(y, {.name = name + "_2_pad"});
  y = layers::conv2d(y, {.filters = block.filters,
                         .kernel_size = 3,
                         .strides = block.stride,
                         .use_bias = false,
                         .name = name + "_2_conv"});
  y = activated(resnet_normalized(y, name + "_2_bn"), "relu", name + "_2_relu");
  y = resnet_pointwise(y, 4 * block.filters, 1, name + "_3_conv");
  return layers::add({around, y}, {.name = name + "_out"});
}

Tensor resnet_stem(const Tensor& image, bool normalize) {
  Tensor x =
      layers::zero_padding2d(image, {.top = 3, .bottom = 3, .left = 3, .right = 3, .name = "conv1_pad"});
  x = layers::conv2d(x, {.filters = 64, .kernel_size = 7, .strides = 2, .name = "conv1_conv"});
  if (normalize) x = activated(resnet_normalized(x, "conv1_bn"), "relu", "conv1_relu");
  x = layers::zero_padding2d(x, {.name = "pool1_pad"});
  return layers::max_pooling2d(x, {.pool_size = 3, .strides = 2, .name = "pool1_pool"});
}

// The first block of a stage projects, and halves the size but in the first stage.
Tensor body_v1(const Tensor& image, const Depths& depths, LayerNames&) {
  Tensor x = resnet_stem(image, true);
  for (int stage = 0; stage < 4; ++stage) {
    for (int i = 1; i <= depths[stage]; ++i) {
      const ResNetBlock block = {64 << stage, i == 1 && stage > 0 ? 2 : 1, i == 1};
      x = block_v1(x, block, fmt::format("conv{}_block{}", stage + 2, i));
    }
  }
  return x;
}

// The first block of a stage projects, the last halves the size but in the last stage.
Tensor body_v2(const Tensor& image, const Depths& depths, LayerNames& names) {
  Tensor x = resnet_stem(image, false);
  for (int stage = 0; stage < 4; ++stage) {
    for (int i = 1; i <= depths[stage]; ++i) {
      const ResNetBlock block = {64 << stage, i == depths[stage] && stage < 3 ? 2 : 1, i == 1};
      x = block_v2(x, block, fmt::format("conv{}_block{}", stage + 2, i), names);
    }
  }
  return activated(resnet_normalized(x, "post_bn"), "relu", "post_relu");
}

struct ResNetMember {
  int layers;
  Depths depths;
};

constexpr ResNetMember kResNets[] = {{50, {3, 4, 6, 3}}, {101, {3, 4, 23, 3}}, {152, {3, 8, 36, 3}}};

std::vector<Application> members(const char* version, const char* preprocessing,
                                 Tensor (*body)(const Tensor& image, const Depths& depths,
                                                LayerNames& names)) {
  return from_rows(kResNets, [=](const ResNetMember& member) -> Application {
    const auto build = [=](const Tensor& image, const ApplicationOptions&, LayerNames& names) {
      return body(image, member.depths, names);
    };
    return {.name = fmt::format("ResNet{}{}", member.layers, version),
            .model_name = fmt::format("resnet{}{}", member.layers, *version == 0 ? "" : "v2"),
            .preprocessing = preprocessing,
            .body = build,
            .top = standard_top};
  });
}

}  // namespace

std::vector<Application> resnet() { return members("", "caffe", body_v1); }

std::vector<Application> resnet_v2() { return members("V2", "tf", body_v2); }

}  // namespace nudge::applications
