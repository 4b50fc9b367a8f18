#include <fmt/format.h>

#include <cmath>

#include "nudge/applications/efficientnet_pieces.h"
#include "nudge/applications/families.h"
#include "nudge/layers/layers.h"

// EfficientNet for integer hardware: ReLU6 and no squeeze-and-excite.  Layers are named as Keras names
// EfficientNet's.
namespace nudge::applications {
namespace {

using layers::Padding;

struct Stage {
  int64_t kernel_size;
  int repeats;
  int64_t filters;
  int64_t expansion;
  int64_t stride;
};

constexpr Stage kStages[] = {{3, 1, 16, 1, 1},  {3, 2, 24, 6, 2},  {5, 2, 40, 6, 2}, {3, 3, 80, 6, 2},
                             {5, 3, 112, 6, 1}, {5, 4, 192, 6, 2}, {3, 1, 320, 6, 1}};

struct Member {
  const char* name;
  double width;
  double depth;
  int64_t size;
  double dropout;

  int64_t filters(int64_t base) const { return nearest_multiple(width * static_cast<double>(base)); }
  // The first and the last stage do not grow, nor do the stem and the head.
  int repeats(const Stage& stage) const {
    return stage.repeats == 1 ? 1 : static_cast<int>(std::ceil(depth * stage.repeats));
  }
};

constexpr Member kMembers[] = {{"0", 1.0, 1.0, 224, 0.2},
                               {"1", 1.0, 1.1, 240, 0.2},
                               {"2", 1.1, 1.2, 260, 0.3},
                               {"3", 1.2, 1.4, 280, 0.3},
                               {"4", 1.4, 1.8, 300, 0.3}};

// 1x1, or 3x3 of stride 2.
Tensor conv(const Tensor& x, int64_t filters, const std::string& name, int64_t size = 1) {
  return layers::conv2d(x, {.filters = filters,
                            .kernel_size = size,
                            .strides = size == 1 ? 1 : 2,
                            .padding = size == 1 ? Padding::kSame : Padding::kValid,
                            .use_bias = false,
                            .kernel_initializer = fan_out_kernels(),
                            .name = name});
}

Tensor normalized(const Tensor& x, const std::string& name) {
  return layers::batch_normalization(x, {.name = name});
}

Tensor block(const Tensor& inputs, const Stage& stage, double drop, const std::string& name) {
  const int64_t channels = inputs.shape()[3];
  Tensor x = inputs;
  if (stage.expansion != 1) {
    x = normalized(conv(x, stage.expansion * channels, name + "expand_conv"), name + "expand_bn");
    x = activated(x, "relu6", name + "expand_activation");
  }
  if (stage.stride == 2) x = padded_for_stride(x, stage.kernel_size, name + "dwconv_pad");
  x = layers::depthwise_conv2d(x, {.kernel_size = stage.kernel_size,
                                   .strides = stage.stride,
                                   .padding = stage.stride == 2 ? Padding::kValid : Padding::kSame,
                                   .use_bias = false,
                                   .depthwise_initializer = fan_out_kernels(),
                                   .name = name + "dwconv"});
  x = activated(normalized(x, name + "bn"), "relu6", name + "activation");
  x = normalized(conv(x, stage.filters, name + "project_conv"), name + "project_bn");
  if (stage.stride != 1 || channels != stage.filters) return x;
  return layers::add({dropped_for_some(x, drop, name + "drop"), inputs}, {.name = name + "add"});
}

Tensor body(const Tensor& image, const Member& member) {
  Tensor x = conv(padded_for_stride(image, 3, "stem_conv_pad"), 32, "stem_conv", 3);
  x = activated(normalized(x, "stem_bn"), "relu6", "stem_activation");
  int blocks = 0, made = 0, number = 1;
  for (const Stage& stage : kStages) blocks += member.repeats(stage);
  for (Stage stage : kStages) {
    stage.filters = member.filters(stage.filters);
    for (int i = 0; i < member.repeats(stage); ++i, stage.stride = 1) {
      const std::string name = fmt::format("block{}{}_", number, static_cast<char>('a' + i));
      x = block(x, stage, 0.2 * made++ / blocks, name);
    }
    ++number;
  }
  x = normalized(conv(x, 1280, "top_conv"), "top_bn");
  return activated(x, "relu6", "top_activation");
}

}  // namespace

std::vector<Application> efficientnet_lite() {
  std::vector<Application> made;
  for (const Member& member : kMembers) {
    const auto build = [member](const Tensor& image, const ApplicationOptions&, LayerNames&) {
      return body(image, member);
    };
    made.push_back({.name = std::string("EfficientNetLite") + member.name,
                    .model_name = std::string("efficientnet_lite") + member.name,
                    .preprocessing = "0.0078125,-0.9921875",  // (x - 127) / 128
                    .input_shape = {member.size, member.size, 3},
                    .dropout = member.dropout,
                    .body = build,
                    .top = efficientnet_top});
  }
  return made;
}

}  // namespace nudge::applications
