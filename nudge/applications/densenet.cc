#include <fmt/format.h>

#include <array>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

constexpr int64_t kGrowth = 32;

// Normalisation and ReLU, which precede each convolution.
Tensor normalized_relu(const Tensor& x, const std::string& bn, const std::string& relu) {
  return activated(layers::batch_normalization(x, {.epsilon = 1.001e-5, .name = bn}), "relu", relu);
}

Tensor densenet_conv(const Tensor& x, int64_t filters, int64_t kernel_size, const std::string& name) {
  return layers::conv2d(x, {.filters = filters,
                            .kernel_size = kernel_size,
                            .padding = kernel_size == 1 ? layers::Padding::kValid : layers::Padding::kSame,
                            .use_bias = false,
                            .name = name});
}

// 32 channels more, behind those there are.
Tensor dense_layer(const Tensor& x, const std::string& name) {
  Tensor y =
      densenet_conv(normalized_relu(x, name + "_0_bn", name + "_0_relu"), 4 * kGrowth, 1, name + "_1_conv");
  y = densenet_conv(normalized_relu(y, name + "_1_bn", name + "_1_relu"), kGrowth, 3, name + "_2_conv");
  return layers::concatenate({x, y}, {.name = name + "_concat"});
}

// Half the channels, half the size.
Tensor transition(const Tensor& x, const std::string& name) {
  const Tensor y =
      densenet_conv(normalized_relu(x, name + "_bn", name + "_relu"), x.shape()[3] / 2, 1, name + "_conv");
  return layers::average_pooling2d(y, {.name = name + "_pool"});
}

using Depths = std::array<int, 4>;

Tensor densenet_body(const Tensor& image, const Depths& depths, LayerNames& names) {
  Tensor x = layers::zero_padding2d(
      image, {.top = 3, .bottom = 3, .left = 3, .right = 3, .name = names("zero_padding2d")});
  x = layers::conv2d(
      x, {.filters = 64, .kernel_size = 7, .strides = 2, .use_bias = false, .name = "conv1_conv"});
  x = normalized_relu(x, "conv1_bn", "conv1_relu");
  x = layers::zero_padding2d(x, {.name = names("zero_padding2d")});
  x = layers::max_pooling2d(x, {.pool_size = 3, .strides = 2, .name = "pool1"});
  for (size_t stage = 0; stage < depths.size(); ++stage) {
    if (stage > 0) x = transition(x, fmt::format("pool{}", stage + 1));
    for (int i = 1; i <= depths[stage]; ++i) x = dense_layer(x, fmt::format("conv{}_block{}", stage + 2, i));
  }
  return normalized_relu(x, "bn", "relu");
}

Application densenet_of(int layers, const Depths& depths) {
  return {.name = fmt::format("DenseNet{}", layers),
          .model_name = fmt::format("densenet{}", layers),
          .preprocessing = "torch",
          .body = [depths](const Tensor& image, const ApplicationOptions&,
                           LayerNames& names) { return densenet_body(image, depths, names); },
          .top = standard_top};
}

}  // namespace

std::vector<Application> densenet() {
  return {densenet_of(121, {6, 12, 24, 16}), densenet_of(169, {6, 12, 32, 32}),
          densenet_of(201, {6, 12, 48, 32})};
}

}  // namespace nudge::applications
