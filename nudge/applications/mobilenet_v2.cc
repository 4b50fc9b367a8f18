#include <fmt/format.h>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::Padding;

Tensor mobilenet_v2_normalized(const Tensor& x, const std::string& name) {
  return layers::batch_normalization(x, {.momentum = 0.999, .epsilon = 1e-3, .name = name});
}

Tensor relu6(const Tensor& x, const std::string& name) {
  return layers::relu(x, {.max_value = 6, .name = name});
}

Tensor mobilenet_v2_pointwise(const Tensor& x, int64_t filters, Padding padding, const std::string& name) {
  return layers::conv2d(
      x, {.filters = filters, .kernel_size = 1, .padding = padding, .use_bias = false, .name = name});
}

struct MobileNetV2Block {
  int64_t filters;
  int64_t stride;
  int64_t expansion;
};

Tensor mobilenet_v2_block(const Tensor& inputs, int id, const MobileNetV2Block& block, double alpha) {
  const std::string prefix = id == 0 ? "expanded_conv_" : fmt::format("block_{}_", id);
  const int64_t channels = inputs.shape()[3];
  const auto wanted = static_cast<int64_t>(static_cast<double>(block.filters) * alpha);
  const int64_t filters = nearest_multiple(static_cast<double>(wanted));

  Tensor x = inputs;
  if (id != 0) {
    x = mobilenet_v2_pointwise(x, block.expansion * channels, Padding::kSame, prefix + "expand");
    x = relu6(mobilenet_v2_normalized(x, prefix + "expand_BN"), prefix + "expand_relu");
  }
  if (block.stride == 2) x = padded_for_stride(x, 3, prefix + "pad");
  x = layers::depthwise_conv2d(x, {.kernel_size = 3,
                                   .strides = block.stride,
                                   .padding = block.stride == 1 ? Padding::kSame : Padding::kValid,
                                   .use_bias = false,
                                   .name = prefix + "depthwise"});
  x = relu6(mobilenet_v2_normalized(x, prefix + "depthwise_BN"), prefix + "depthwise_relu");
  x = mobilenet_v2_pointwise(x, filters, Padding::kSame, prefix + "project");
  x = mobilenet_v2_normalized(x, prefix + "project_BN");
  if (channels == filters && block.stride == 1) x = layers::add({inputs, x}, {.name = prefix + "add"});
  return x;
}

Tensor mobilenet_v2_body(const Tensor& image, const ApplicationOptions& options, LayerNames&) {
  const double alpha = options.alpha;
  Tensor x = layers::conv2d(image, {.filters = nearest_multiple(32 * alpha),
                                    .kernel_size = 3,
                                    .strides = 2,
                                    .padding = Padding::kSame,
                                    .use_bias = false,
                                    .name = "Conv1"});
  x = relu6(mobilenet_v2_normalized(x, "bn_Conv1"), "Conv1_relu");

  constexpr MobileNetV2Block kBlocks[] = {{16, 1, 1},  {24, 2, 6}, {24, 1, 6}, {32, 2, 6},  {32, 1, 6},
                                          {32, 1, 6},  {64, 2, 6}, {64, 1, 6}, {64, 1, 6},  {64, 1, 6},
                                          {96, 1, 6},  {96, 1, 6}, {96, 1, 6}, {160, 2, 6}, {160, 1, 6},
                                          {160, 1, 6}, {320, 1, 6}};
  int id = 0;
  for (const MobileNetV2Block& block : kBlocks) x = mobilenet_v2_block(x, id++, block, alpha);

  // The paper widens the last convolution but never narrows it.
  const int64_t last = alpha > 1.0 ? nearest_multiple(1280 * alpha) : 1280;
  return relu6(
      mobilenet_v2_normalized(mobilenet_v2_pointwise(x, last, Padding::kValid, "Conv_1"), "Conv_1_bn"),
      "out_relu");
}

}  // namespace

std::vector<Application> mobilenet_v2() {
  return {{.name = "MobileNetV2",
           .model_name = "mobilenetv2_{0:.2f}_{1}",
           .preprocessing = "tf",
           .own = {.alpha = true},
           .body = mobilenet_v2_body,
           .top = plain_top,
           .short_pool_names = false}};
}

}  // namespace nudge::applications
