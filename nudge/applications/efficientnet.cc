#include "nudge/applications/efficientnet.h"

#include <fmt/format.h>

#include <cmath>

#include "nudge/applications/efficientnet_pieces.h"
#include "nudge/applications/families.h"
#include "nudge/applications/imagenet_pixels.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::Padding;

struct EfficientNetStage {
  int64_t kernel_size;
  int repeats;
  int64_t filters;
  int64_t expansion;
  int64_t stride;
};

constexpr EfficientNetStage kEfficientNetStages[] = {{3, 1, 16, 1, 1}, {3, 2, 24, 6, 2},  {5, 2, 40, 6, 2},
                                                     {3, 3, 80, 6, 2}, {5, 3, 112, 6, 1}, {5, 4, 192, 6, 2},
                                                     {3, 1, 320, 6, 1}};

constexpr EfficientNetSize kEfficientNets[] = {{"0", 1.0, 1.0, 224, 0.2}, {"1", 1.0, 1.1, 240, 0.2},
                                               {"2", 1.1, 1.2, 260, 0.3}, {"3", 1.2, 1.4, 300, 0.3},
                                               {"4", 1.4, 1.8, 380, 0.4}, {"5", 1.6, 2.2, 456, 0.4},
                                               {"6", 1.8, 2.6, 528, 0.5}, {"7", 2.0, 3.1, 600, 0.5}};

// 1x1, or 3x3 of stride 2.
Tensor efficientnet_conv(const Tensor& x, int64_t filters, const std::string& name, int64_t size = 1) {
  return layers::conv2d(x, {.filters = filters,
                            .kernel_size = size,
                            .strides = size == 1 ? 1 : 2,
                            .padding = size == 1 ? Padding::kSame : Padding::kValid,
                            .use_bias = false,
                            .kernel_initializer = fan_out_kernels(),
                            .name = name});
}

Tensor efficientnet_normalized(const Tensor& x, const std::string& name) {
  return layers::batch_normalization(x, {.name = name});
}

Tensor efficientnet_block(const Tensor& inputs, const EfficientNetStage& stage, bool lite, double drop,
                          const std::string& name) {
  const char* function = lite ? "relu6" : "silu";
  const int64_t channels = inputs.shape()[3];
  Tensor x = inputs;
  if (stage.expansion != 1) {
    x = efficientnet_normalized(efficientnet_conv(x, stage.expansion * channels, name + "expand_conv"),
                                name + "expand_bn");
    x = activated(x, function, name + "expand_activation");
  }
  if (stage.stride == 2) x = padded_for_stride(x, stage.kernel_size, name + "dwconv_pad");
  x = layers::depthwise_conv2d(x, {.kernel_size = stage.kernel_size,
                                   .strides = stage.stride,
                                   .padding = stage.stride == 2 ? Padding::kValid : Padding::kSame,
                                   .use_bias = false,
                                   .depthwise_initializer = fan_out_kernels(),
                                   .name = name + "dwconv"});
  x = activated(efficientnet_normalized(x, name + "bn"), function, name + "activation");
  if (!lite) x = squeezed_and_excited(x, channels / 4, function, name + "se_");
  x = efficientnet_normalized(efficientnet_conv(x, stage.filters, name + "project_conv"),
                              name + "project_bn");
  if (stage.stride != 1 || channels != stage.filters) return x;
  return layers::add({dropped_for_some(x, drop, name + "drop"), inputs}, {.name = name + "add"});
}

Tensor efficientnet_prepared(const Tensor& image, const ApplicationOptions& options, LayerNames& names) {
  Tensor x = layers::rescaling(image, {.scale = 1.0 / 255, .name = names("rescaling")});
  x = layers::normalization(x, {.name = names("normalization")});
  // The published weights were trained on pixels that were divided by the variance, not by the deviation.
  if (!options.imagenet_weights) return x;
  std::vector<double> scale = imagenet_deviation();
  for (double& value : scale) value = 1 / std::sqrt(value);
  return layers::rescaling(x, {.scale = scale, .name = names("rescaling")});
}

Application efficientnet_application(const EfficientNetSize& size) {
  const auto body = [=](const Tensor& image, const ApplicationOptions& options, LayerNames& names) {
    return efficientnet_body(efficientnet_prepared(image, options, names), size, false);
  };
  return {.name = std::string("EfficientNetB") + size.name,
          .model_name = std::string("efficientnetb") + size.name,
          .preprocessing = "none",
          .input_shape = {size.image_size, size.image_size, 3},
          .dropout = size.dropout,
          .body = body,
          .top = efficientnet_top};
}

}  // namespace

Tensor efficientnet_body(const Tensor& image, const EfficientNetSize& size, bool lite) {
  const char* function = lite ? "relu6" : "silu";
  const auto filters = [&](int64_t base) { return nearest_multiple(size.width * static_cast<double>(base)); };
  const auto repeats = [&](const EfficientNetStage& stage) {
    return lite && stage.repeats == 1 ? 1 : static_cast<int>(std::ceil(size.depth * stage.repeats));
  };
  Tensor x = efficientnet_conv(padded_for_stride(image, 3, "stem_conv_pad"), lite ? 32 : filters(32),
                               "stem_conv", 3);
  x = activated(efficientnet_normalized(x, "stem_bn"), function, "stem_activation");
  int blocks = 0, made = 0, number = 1;
  for (const EfficientNetStage& stage : kEfficientNetStages) blocks += repeats(stage);
  for (EfficientNetStage stage : kEfficientNetStages) {
    stage.filters = filters(stage.filters);
    for (int i = 0; i < repeats(stage); ++i, stage.stride = 1) {
      const std::string name = fmt::format("block{}{}_", number, static_cast<char>('a' + i));
      x = efficientnet_block(x, stage, lite, 0.2 * made++ / blocks, name);
    }
    ++number;
  }
  x = efficientnet_normalized(efficientnet_conv(x, lite ? 1280 : filters(1280), "top_conv"), "top_bn");
  return activated(x, function, "top_activation");
}

std::vector<Application> efficientnet() { return from_rows(kEfficientNets, efficientnet_application); }

}  // namespace nudge::applications
