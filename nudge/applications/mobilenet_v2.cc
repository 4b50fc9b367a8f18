#include "nudge/applications/mobilenet_v2.h"

#include <fmt/format.h>

#include <algorithm>

#include "nudge/applications/backbone.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::Padding;

// The multiple of 8 nearest to v, but not below 0.9 v.
int64_t divisible_by_8(double v) {
  const int64_t rounded = std::max<int64_t>(8, static_cast<int64_t>(v + 4) / 8 * 8);
  return static_cast<double>(rounded) < 0.9 * v ? rounded + 8 : rounded;
}

Tensor normalized(const Tensor& x, const std::string& name) {
  return layers::batch_normalization(x, {.momentum = 0.999, .epsilon = 1e-3, .name = name});
}

Tensor relu6(const Tensor& x, const std::string& name) {
  return layers::relu(x, {.max_value = 6, .name = name});
}

Tensor pointwise(const Tensor& x, int64_t filters, Padding padding, const std::string& name) {
  return layers::conv2d(
      x, {.filters = filters, .kernel_size = 1, .padding = padding, .use_bias = false, .name = name});
}

// Zeros around an image so that a valid 3x3 window of stride 2 sees it as Keras's correct_pad() does:
// an even size gets its zeros behind only.
Tensor padded(const Tensor& x, const std::string& name) {
  const int64_t top = x.shape()[1] % 2;
  const int64_t left = x.shape()[2] % 2;
  return layers::zero_padding2d(x, {.top = top, .bottom = 1, .left = left, .right = 1, .name = name});
}

struct Block {
  int64_t filters;
  int64_t stride;
  int64_t expansion;
};

Tensor inverted_residual(const Tensor& inputs, int id, const Block& block, double alpha) {
  const std::string prefix = id == 0 ? "expanded_conv_" : fmt::format("block_{}_", id);
  const int64_t channels = inputs.shape()[3];
  const auto wanted = static_cast<int64_t>(static_cast<double>(block.filters) * alpha);
  const int64_t filters = divisible_by_8(static_cast<double>(wanted));

  Tensor x = inputs;
  if (id != 0) {
    x = pointwise(x, block.expansion * channels, Padding::kSame, prefix + "expand");
    x = relu6(normalized(x, prefix + "expand_BN"), prefix + "expand_relu");
  }
  if (block.stride == 2) x = padded(x, prefix + "pad");
  x = layers::depthwise_conv2d(x, {.kernel_size = 3,
                                   .strides = block.stride,
                                   .padding = block.stride == 1 ? Padding::kSame : Padding::kValid,
                                   .use_bias = false,
                                   .name = prefix + "depthwise"});
  x = relu6(normalized(x, prefix + "depthwise_BN"), prefix + "depthwise_relu");
  x = pointwise(x, filters, Padding::kSame, prefix + "project");
  x = normalized(x, prefix + "project_BN");
  if (channels == filters && block.stride == 1) x = layers::add({inputs, x}, {.name = prefix + "add"});
  return x;
}

Tensor top(Tensor x, const ApplicationOptions& options) {
  x = layers::global_average_pooling2d(x, {.name = "global_average_pooling2d"});
  return layers::dense(x, {.units = options.classes,
                           .activation = layers::activation_from_string(options.classifier_activation),
                           .name = "predictions"});
}

}  // namespace

ModelPtr mobilenet_v2(const ApplicationOptions& options) {
  check_options("MobileNetV2", options, {});
  const double alpha = options.alpha;
  const Tensor image = image_input("MobileNetV2", options, 224, 32);
  Tensor x = layers::conv2d(image, {.filters = divisible_by_8(32 * alpha),
                                    .kernel_size = 3,
                                    .strides = 2,
                                    .padding = Padding::kSame,
                                    .use_bias = false,
                                    .name = "Conv1"});
  x = relu6(normalized(x, "bn_Conv1"), "Conv1_relu");

  constexpr Block kBlocks[] = {{16, 1, 1}, {24, 2, 6},  {24, 1, 6},  {32, 2, 6},  {32, 1, 6}, {32, 1, 6},
                               {64, 2, 6}, {64, 1, 6},  {64, 1, 6},  {64, 1, 6},  {96, 1, 6}, {96, 1, 6},
                               {96, 1, 6}, {160, 2, 6}, {160, 1, 6}, {160, 1, 6}, {320, 1, 6}};
  int id = 0;
  for (const Block& block : kBlocks) x = inverted_residual(x, id++, block, alpha);

  // The paper widens the last convolution but never narrows it.
  const int64_t last = alpha > 1.0 ? divisible_by_8(1280 * alpha) : 1280;
  x = relu6(normalized(pointwise(x, last, Padding::kValid, "Conv_1"), "Conv_1_bn"), "out_relu");

  x = has_top(options) ? top(x, options) : without_top(x, options);
  return make_model(image, x, fmt::format("mobilenetv2_{:.2f}_{}", alpha, image.shape()[1]));
}

}  // namespace nudge::applications
