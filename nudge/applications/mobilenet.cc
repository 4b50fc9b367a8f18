#include <fmt/format.h>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::Padding;

int64_t scaled(int64_t filters, double alpha) {
  return static_cast<int64_t>(static_cast<double>(filters) * alpha);
}

Tensor normalized_relu6(const Tensor& x, const std::string& name) {
  return layers::relu(layers::batch_normalization(x, {.name = name + "_bn"}),
                      {.max_value = 6, .name = name + "_relu"});
}

Tensor separable_block(Tensor x, int id, int64_t filters, int64_t stride, int64_t depth_multiplier) {
  if (stride == 2) {
    x = layers::zero_padding2d(x, {.top = 0, .left = 0, .name = fmt::format("conv_pad_{}", id)});
  }
  const std::string depthwise = fmt::format("conv_dw_{}", id);
  x = layers::depthwise_conv2d(x, {.kernel_size = 3,
                                   .strides = stride,
                                   .padding = stride == 1 ? Padding::kSame : Padding::kValid,
                                   .depth_multiplier = depth_multiplier,
                                   .use_bias = false,
                                   .name = depthwise});
  x = normalized_relu6(x, depthwise);
  const std::string pointwise = fmt::format("conv_pw_{}", id);
  x = layers::conv2d(x, {.filters = filters,
                         .kernel_size = 1,
                         .padding = Padding::kSame,
                         .use_bias = false,
                         .name = pointwise});
  return normalized_relu6(x, pointwise);
}

Tensor mobilenet_top(Tensor x, const ApplicationOptions& options, LayerNames&) {
  x = layers::global_average_pooling2d(x, {.keepdims = true, .name = "global_average_pooling2d"});
  x = layers::dropout(x, {.rate = *options.dropout, .name = "dropout"});
  x = layers::conv2d(
      x, {.filters = *options.classes, .kernel_size = 1, .padding = Padding::kSame, .name = "conv_preds"});
  x = layers::reshape(x, {.target_shape = {*options.classes}, .name = "reshape_2"});
  return layers::activation(x, {.activation = layers::activation_from_string(options.classifier_activation),
                                .name = "predictions"});
}

Tensor mobilenet_body(const Tensor& image, const ApplicationOptions& options, LayerNames&) {
  const double alpha = options.alpha;
  Tensor x = layers::conv2d(image, {.filters = scaled(32, alpha),
                                    .kernel_size = 3,
                                    .strides = 2,
                                    .padding = Padding::kSame,
                                    .use_bias = false,
                                    .name = "conv1"});
  x = normalized_relu6(x, "conv1");

  struct Block {
    int64_t filters;
    int64_t stride;
  };
  constexpr Block kBlocks[] = {{64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2}, {512, 1},
                               {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};
  int id = 1;
  for (const Block& block : kBlocks) {
    x = separable_block(x, id++, scaled(block.filters, alpha), block.stride, options.depth_multiplier);
  }
  return x;
}

}  // namespace

std::vector<Application> mobilenet() {
  return {{.name = "MobileNet",
           .aliases = {"mobilenetv1"},
           .model_name = "mobilenet_{0:.2f}_{1}",
           .preprocessing = "tf",
           .own = {.alpha = true, .depth_multiplier = true, .dropout = true},
           .dropout = 0.001,
           .body = mobilenet_body,
           .top = mobilenet_top,
           .short_pool_names = false}};
}

}  // namespace nudge::applications
