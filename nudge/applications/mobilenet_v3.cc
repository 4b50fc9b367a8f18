#include <fmt/format.h>

#include <span>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::Padding;

struct MobileNetV3Block {
  double expansion;
  int64_t filters;
  int64_t kernel_size;  // 3 in a minimalistic one
  int64_t stride;
  bool excite;      // not in a minimalistic one
  bool hard_swish;  // ReLU in a minimalistic one
};

constexpr MobileNetV3Block kV3Small[] = {
    {1, 16, 3, 2, true, false}, {72.0 / 16, 24, 3, 2, false, false}, {88.0 / 24, 24, 3, 1, false, false},
    {4, 40, 5, 2, true, true},  {6, 40, 5, 1, true, true},           {6, 40, 5, 1, true, true},
    {3, 48, 5, 1, true, true},  {3, 48, 5, 1, true, true},           {6, 96, 5, 2, true, true},
    {6, 96, 5, 1, true, true},  {6, 96, 5, 1, true, true},
};

constexpr MobileNetV3Block kV3Large[] = {
    {1, 16, 3, 1, false, false},  {4, 24, 3, 2, false, false},  {3, 24, 3, 1, false, false},
    {3, 40, 5, 2, true, false},   {3, 40, 5, 1, true, false},   {3, 40, 5, 1, true, false},
    {6, 80, 3, 2, false, true},   {2.5, 80, 3, 1, false, true}, {2.3, 80, 3, 1, false, true},
    {2.3, 80, 3, 1, false, true}, {6, 112, 3, 1, true, true},   {6, 112, 3, 1, true, true},
    {6, 160, 5, 2, true, true},   {6, 160, 5, 1, true, true},   {6, 160, 5, 1, true, true},
};

Tensor mobilenet_v3_normalized(const Tensor& x, const std::string& name) {
  return layers::batch_normalization(x, {.momentum = 0.999, .epsilon = 1e-3, .name = name});
}

Tensor mobilenet_v3_pointwise(const Tensor& x, int64_t filters, bool use_bias, const std::string& name) {
  return layers::conv2d(x,
                        {.filters = filters, .padding = Padding::kSame, .use_bias = use_bias, .name = name});
}

// An operation of keras.ops: x + number or x * number.
Tensor with_number(const char* operation, const Tensor& x, double number, const std::string& name) {
  return std::make_shared<layers::Operation>(
             layers::OperationOptions{
                 .class_name = operation,
                 .module = "keras.src.ops.numpy",
                 .arguments = fmt::format(
                     R"({{"args": [{{"class_name": "__keras_tensor__", "tensor": 0}}, {}], "kwargs": {{}}}})",
                     number),
                 .name = name})
      ->call(x);
}

// Makes the layers that Keras names by their class.
class V3Layers {
 public:
  explicit V3Layers(LayerNames& layer_names) : names(layer_names) {}

  Tensor activation(const Tensor& x, bool hard_swish) {
    return hard_swish ? activated(x, "hard_silu", names("activation"))
                      : layers::relu(x, {.name = names("re_lu")});
  }
  // relu6(x + 3) / 6
  Tensor hard_sigmoid(const Tensor& x) {
    const Tensor y =
        layers::relu(with_number("Add", x, 3.0, names("add")), {.max_value = 6, .name = names("re_lu")});
    return with_number("Multiply", y, 1.0 / 6, names("multiply"));
  }

  LayerNames& names;
};

Tensor mobilenet_v3_excited(const Tensor& x, const std::string& prefix, V3Layers& made) {
  const std::string name = prefix + "squeeze_excite_";
  const int64_t channels = x.shape()[3];
  Tensor y = layers::global_average_pooling2d(x, {.keepdims = true, .name = name + "avg_pool"});
  y = mobilenet_v3_pointwise(y, nearest_multiple(static_cast<double>(channels) * 0.25), true, name + "conv");
  y = layers::relu(y, {.name = name + "relu"});
  y = made.hard_sigmoid(mobilenet_v3_pointwise(y, channels, true, name + "conv_1"));
  return layers::multiply({x, y}, {.name = name + "mul"});
}

Tensor mobilenet_v3_block(const Tensor& inputs, int id, const MobileNetV3Block& block, double alpha,
                          bool minimalistic, V3Layers& made) {
  const std::string prefix = id == 0 ? "expanded_conv_" : fmt::format("expanded_conv_{}_", id);
  const int64_t channels = inputs.shape()[3];
  const int64_t filters = nearest_multiple(static_cast<double>(block.filters) * alpha);
  const int64_t kernel_size = minimalistic ? 3 : block.kernel_size;
  const bool hard_swish = block.hard_swish && !minimalistic;

  Tensor x = inputs;
  if (id != 0) {
    const int64_t wide = nearest_multiple(static_cast<double>(channels) * block.expansion);
    x = made.activation(mobilenet_v3_normalized(mobilenet_v3_pointwise(x, wide, false, prefix + "expand"),
                                                prefix + "expand_bn"),
                        hard_swish);
  }
  if (block.stride == 2) x = padded_for_stride(x, kernel_size, prefix + "depthwise_pad");
  x = layers::depthwise_conv2d(x, {.kernel_size = kernel_size,
                                   .strides = block.stride,
                                   .padding = block.stride == 1 ? Padding::kSame : Padding::kValid,
                                   .use_bias = false,
                                   .name = prefix + "depthwise"});
  x = made.activation(mobilenet_v3_normalized(x, prefix + "depthwise_bn"), hard_swish);
  if (block.excite && !minimalistic) x = mobilenet_v3_excited(x, prefix, made);
  x = mobilenet_v3_normalized(mobilenet_v3_pointwise(x, filters, false, prefix + "project"),
                              prefix + "project_bn");
  if (channels == filters && block.stride == 1) x = layers::add({inputs, x}, {.name = prefix + "add"});
  return x;
}

Tensor mobilenet_v3_body(const Tensor& image, const ApplicationOptions& options,
                         std::span<const MobileNetV3Block> blocks, LayerNames& names) {
  V3Layers made(names);
  Tensor x = image;
  if (options.include_preprocessing) {
    x = layers::rescaling(x, {.scale = 1.0 / 127.5, .offset = -1.0, .name = made.names("rescaling")});
  }
  x = layers::conv2d(x, {.filters = 16,
                         .kernel_size = 3,
                         .strides = 2,
                         .padding = Padding::kSame,
                         .use_bias = false,
                         .name = "conv"});
  x = made.activation(mobilenet_v3_normalized(x, "conv_bn"), !options.minimalistic);
  int id = 0;
  for (const MobileNetV3Block& block : blocks) {
    x = mobilenet_v3_block(x, id++, block, options.alpha, options.minimalistic, made);
  }
  const int64_t wide = nearest_multiple(static_cast<double>(6 * x.shape()[3]));
  return made.activation(
      mobilenet_v3_normalized(mobilenet_v3_pointwise(x, wide, false, "conv_1"), "conv_1_bn"),
      !options.minimalistic);
}

// `wide` channels between the pooling and the classes.
Tensor mobilenet_v3_top(const Tensor& features, const ApplicationOptions& options, int64_t wide,
                        LayerNames& names) {
  V3Layers made(names);
  Tensor x =
      layers::global_average_pooling2d(features, {.keepdims = true, .name = "global_average_pooling2d"});
  if (options.alpha > 1) wide = nearest_multiple(static_cast<double>(wide) * options.alpha);
  x = made.activation(mobilenet_v3_pointwise(x, wide, true, "conv_2"), !options.minimalistic);
  if (*options.dropout > 0) x = layers::dropout(x, {.rate = *options.dropout, .name = "dropout"});
  x = layers::flatten(mobilenet_v3_pointwise(x, *options.classes, true, "logits"), {.name = "flatten"});
  return activated(x, options.classifier_activation, "predictions");
}

Application mobilenet_v3_of(const char* name, std::span<const MobileNetV3Block> blocks, int64_t wide) {
  return {.name = name,
          .model_name = name,
          .preprocessing = "none",
          .bare_preprocessing = "tf",
          .own = {.alpha = true, .dropout = true, .minimalistic = true, .include_preprocessing = true},
          .dropout = 0.2,
          .body = [blocks](const Tensor& image, const ApplicationOptions& options,
                           LayerNames& names) { return mobilenet_v3_body(image, options, blocks, names); },
          .top = [wide](const Tensor& features, const ApplicationOptions& options,
                        LayerNames& names) { return mobilenet_v3_top(features, options, wide, names); }};
}

}  // namespace

std::vector<Application> mobilenet_v3() {
  return {mobilenet_v3_of("MobileNetV3Small", kV3Small, 1024),
          mobilenet_v3_of("MobileNetV3Large", kV3Large, 1280)};
}

}  // namespace nudge::applications
