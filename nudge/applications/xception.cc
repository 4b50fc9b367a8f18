#include <fmt/format.h>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::Padding;

Tensor xception_conv(const Tensor& x, int64_t filters, int64_t stride, const std::string& name) {
  const Tensor y = layers::conv2d(
      x, {.filters = filters, .kernel_size = 3, .strides = stride, .use_bias = false, .name = name});
  return activated(layers::batch_normalization(y, {.name = name + "_bn"}), "relu", name + "_act");
}

Tensor separable(const Tensor& x, int64_t filters, const std::string& name) {
  const Tensor y = layers::separable_conv2d(
      x, {.filters = filters, .kernel_size = 3, .padding = Padding::kSame, .use_bias = false, .name = name});
  return layers::batch_normalization(y, {.name = name + "_bn"});
}

// Two separable convolutions and a pooling, beside a 1x1 convolution of stride 2.
Tensor reduction(Tensor x, int number, int64_t first, int64_t second, LayerNames& names) {
  const std::string block = fmt::format("block{}_", number);
  Tensor around = layers::conv2d(x, {.filters = second,
                                     .kernel_size = 1,
                                     .strides = 2,
                                     .padding = Padding::kSame,
                                     .use_bias = false,
                                     .name = names("conv2d")});
  around = layers::batch_normalization(around, {.name = names("batch_normalization")});
  if (number > 2) x = activated(x, "relu", block + "sepconv1_act");  // block 1 ends in one
  x = activated(separable(x, first, block + "sepconv1"), "relu", block + "sepconv2_act");
  x = separable(x, second, block + "sepconv2");
  x = layers::max_pooling2d(
      x, {.pool_size = 3, .strides = 2, .padding = Padding::kSame, .name = block + "pool"});
  return layers::add({x, around}, {.name = names("add")});
}

Tensor middle(const Tensor& x, int number, LayerNames& names) {
  Tensor y = x;
  for (int i = 1; i <= 3; ++i) {
    const std::string name = fmt::format("block{}_sepconv{}", number, i);
    y = separable(activated(y, "relu", name + "_act"), 728, name);
  }
  return layers::add({y, x}, {.name = names("add")});
}

Tensor xception_body(const Tensor& image, const ApplicationOptions&, LayerNames& names) {
  Tensor x = xception_conv(xception_conv(image, 32, 2, "block1_conv1"), 64, 1, "block1_conv2");
  x = reduction(x, 2, 128, 128, names);
  x = reduction(x, 3, 256, 256, names);
  x = reduction(x, 4, 728, 728, names);
  for (int number = 5; number <= 12; ++number) x = middle(x, number, names);
  x = reduction(x, 13, 728, 1024, names);
  x = activated(separable(x, 1536, "block14_sepconv1"), "relu", "block14_sepconv1_act");
  return activated(separable(x, 2048, "block14_sepconv2"), "relu", "block14_sepconv2_act");
}

}  // namespace

std::vector<Application> xception() {
  return {{.name = "Xception",
           .model_name = "xception",
           .preprocessing = "tf",
           .input_shape = {299, 299, 3},
           .minimum = 71,
           .body = xception_body,
           .top = standard_top,
           .short_pool_names = false}};
}

}  // namespace nudge::applications
