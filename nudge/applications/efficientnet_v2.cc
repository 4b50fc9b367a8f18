#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <span>

#include "nudge/applications/efficientnet_pieces.h"
#include "nudge/applications/families.h"
#include "nudge/applications/imagenet_pixels.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::Padding;

struct EfficientNetV2Stage {
  bool fused;  // one 3x3 convolution for the expansion and the depthwise one; no squeeze-and-excite
  int repeats;
  int64_t filters;
  int64_t expansion;
  int64_t stride;
};

constexpr EfficientNetV2Stage kV2Base[] = {{true, 1, 16, 1, 1},   {true, 2, 32, 4, 2},
                                           {true, 2, 48, 4, 2},   {false, 3, 96, 4, 2},
                                           {false, 5, 112, 6, 1}, {false, 8, 192, 6, 2}};
constexpr EfficientNetV2Stage kV2Small[] = {{true, 2, 24, 1, 1},   {true, 4, 48, 4, 2},
                                            {true, 4, 64, 4, 2},   {false, 6, 128, 4, 2},
                                            {false, 9, 160, 6, 1}, {false, 15, 256, 6, 2}};
constexpr EfficientNetV2Stage kV2Medium[] = {
    {true, 3, 24, 1, 1},    {true, 5, 48, 4, 2},    {true, 5, 80, 4, 2},  {false, 7, 160, 4, 2},
    {false, 14, 176, 6, 1}, {false, 18, 304, 6, 2}, {false, 5, 512, 6, 1}};
constexpr EfficientNetV2Stage kV2Large[] = {
    {true, 4, 32, 1, 1},    {true, 7, 64, 4, 2},    {true, 7, 96, 4, 2},  {false, 10, 192, 4, 2},
    {false, 19, 224, 6, 1}, {false, 25, 384, 6, 2}, {false, 7, 640, 6, 1}};

struct EfficientNetV2Member {
  const char* name;
  std::span<const EfficientNetV2Stage> stages;
  int64_t stem;
  double width;
  double depth;
  int64_t size;

  // The nearest multiple of 8, without EfficientNet's correction for the small ones.
  int64_t filters(int64_t base) const {
    return std::max<int64_t>(8, static_cast<int64_t>(width * static_cast<double>(base) + 4) / 8 * 8);
  }
};

constexpr EfficientNetV2Member kEfficientNetV2s[] = {
    {"B0", kV2Base, 32, 1.0, 1.0, 224}, {"B1", kV2Base, 32, 1.0, 1.1, 240},
    {"B2", kV2Base, 32, 1.1, 1.2, 260}, {"B3", kV2Base, 32, 1.2, 1.4, 300},
    {"S", kV2Small, 24, 1.0, 1.0, 384}, {"M", kV2Medium, 24, 1.0, 1.0, 480},
    {"L", kV2Large, 32, 1.0, 1.0, 480}};

Tensor efficientnet_v2_conv(const Tensor& x, int64_t filters, int64_t kernel_size, int64_t stride,
                            const std::string& name) {
  return layers::conv2d(x, {.filters = filters,
                            .kernel_size = kernel_size,
                            .strides = stride,
                            .padding = Padding::kSame,
                            .use_bias = false,
                            .kernel_initializer = fan_out_kernels(),
                            .name = name});
}

Tensor efficientnet_v2_normalized(const Tensor& x, const std::string& name) {
  return layers::batch_normalization(x, {.momentum = 0.9, .name = name});
}

Tensor normalized_silu(const Tensor& x, const std::string& bn, const std::string& activation) {
  return activated(efficientnet_v2_normalized(x, bn), "silu", activation);
}

Tensor efficientnet_v2_block(const Tensor& inputs, const EfficientNetV2Stage& stage, double drop,
                             const std::string& name) {
  const int64_t channels = inputs.shape()[3];
  const bool expands = stage.expansion != 1;
  Tensor x = inputs;
  if (expands) {
    x = efficientnet_v2_conv(x, stage.expansion * channels, stage.fused ? 3 : 1,
                             stage.fused ? stage.stride : 1, name + "expand_conv");
    x = normalized_silu(x, name + "expand_bn", name + "expand_activation");
  }
  if (!stage.fused) {
    x = layers::depthwise_conv2d(x, {.kernel_size = 3,
                                     .strides = stage.stride,
                                     .padding = Padding::kSame,
                                     .use_bias = false,
                                     .depthwise_initializer = fan_out_kernels(),
                                     .name = name + "dwconv2"});
    x = normalized_silu(x, name + "bn", name + "activation");
    x = squeezed_and_excited(x, channels / 4, "silu", name + "se_");
  }
  const bool whole = stage.fused && !expands;  // the projection is all that there is
  x = efficientnet_v2_conv(x, stage.filters, whole ? 3 : 1, whole ? stage.stride : 1, name + "project_conv");
  x = efficientnet_v2_normalized(x, name + "project_bn");
  if (whole) x = activated(x, "silu", name + "project_activation");
  if (stage.stride != 1 || channels != stage.filters) return x;
  return layers::add({dropped_for_some(x, drop, name + "drop"), inputs}, {.name = name + "add"});
}

Tensor efficientnet_v2_prepared(const Tensor& image, const EfficientNetV2Member& member, LayerNames& names) {
  if (member.name[0] == 'B' && image.shape()[3] == 3) return imagenet_normalized(image, names);
  return layers::rescaling(image, {.scale = 1.0 / 128, .offset = -1.0, .name = names("rescaling")});
}

Tensor efficientnet_v2_body(const Tensor& image, const ApplicationOptions& options,
                            const EfficientNetV2Member& member, LayerNames& names) {
  Tensor x = options.include_preprocessing ? efficientnet_v2_prepared(image, member, names) : image;
  x = normalized_silu(efficientnet_v2_conv(x, member.filters(member.stem), 3, 2, "stem_conv"), "stem_bn",
                      "stem_activation");
  // Keras counts the blocks before it makes them more.
  int blocks = 0, made = 0, number = 1;
  for (const EfficientNetV2Stage& stage : member.stages) blocks += stage.repeats;
  for (EfficientNetV2Stage stage : member.stages) {
    stage.filters = member.filters(stage.filters);
    const int repeats = static_cast<int>(std::ceil(member.depth * stage.repeats));
    for (int i = 0; i < repeats; ++i, stage.stride = 1) {
      const std::string name = fmt::format("block{}{}_", number, static_cast<char>('a' + i));
      x = efficientnet_v2_block(x, stage, 0.2 * made++ / blocks, name);
    }
    ++number;
  }
  return normalized_silu(efficientnet_v2_conv(x, member.filters(1280), 1, 1, "top_conv"), "top_bn",
                         "top_activation");
}

Application efficientnet_v2_application(const EfficientNetV2Member& member) {
  const bool base = member.name[0] == 'B';
  const auto build = [member](const Tensor& image, const ApplicationOptions& options, LayerNames& names) {
    return efficientnet_v2_body(image, options, member, names);
  };
  return {.name = std::string("EfficientNetV2") + member.name,
          .model_name = fmt::format("efficientnetv2-{}{}", static_cast<char>(std::tolower(member.name[0])),
                                    member.name + 1),
          .preprocessing = "none",
          .bare_preprocessing = base ? "torch" : "0.0078125,-1",
          .input_shape = {member.size, member.size, 3},
          .own = {.include_preprocessing = true},
          .dropout = 0.2,
          .body = build,
          .top = efficientnet_top};
}

}  // namespace

std::vector<Application> efficientnet_v2() {
  return from_rows(kEfficientNetV2s, efficientnet_v2_application);
}

}  // namespace nudge::applications
