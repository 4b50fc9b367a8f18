#include <fmt/format.h>

#include <array>

#include "nudge/applications/efficientnet_pieces.h"
#include "nudge/applications/families.h"
#include "nudge/applications/imagenet_pixels.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::Padding;

struct ResNetRsMember {
  int layers;
  std::array<int, 4> depths;
  double drop_connect;
  double dropout;
};

constexpr ResNetRsMember kResNetRss[] = {
    {50, {3, 4, 6, 3}, 0.0, 0.25},    {101, {3, 4, 23, 3}, 0.0, 0.25},  {152, {3, 8, 36, 3}, 0.0, 0.25},
    {200, {3, 24, 36, 3}, 0.1, 0.25}, {270, {4, 29, 53, 4}, 0.1, 0.25}, {350, {4, 36, 72, 4}, 0.1, 0.4},
    {420, {4, 44, 87, 4}, 0.1, 0.4},
};

// With stride 2 behind a layer of zeros.
Tensor resnet_rs_conv(Tensor x, int64_t filters, int64_t kernel_size, int64_t stride, const std::string& name,
                      LayerNames& names) {
  if (stride > 1) x = layers::zero_padding2d(x, {.name = names("zero_padding2d")});
  return layers::conv2d(x, {.filters = filters,
                            .kernel_size = kernel_size,
                            .strides = stride,
                            .padding = stride == 1 ? Padding::kSame : Padding::kValid,
                            .use_bias = false,
                            .kernel_initializer = fan_out_kernels(),
                            .name = name});
}

// Keras's default for these is a momentum of 0: the averages are those of the last batch.
Tensor resnet_rs_normalized(const Tensor& x, const std::string& name) {
  return layers::batch_normalization(x, {.momentum = 0.0, .epsilon = 1e-5, .name = name});
}

Tensor resnet_rs_stem(Tensor x, LayerNames& names) {
  struct Step {
    int64_t filters;
    int64_t stride;
  };
  int number = 1;
  for (const Step& step : {Step{32, 2}, Step{32, 1}, Step{64, 1}, Step{64, 2}}) {
    x = resnet_rs_conv(x, step.filters, 3, step.stride, fmt::format("stem_1_stem_conv_{}", number), names);
    x = resnet_rs_normalized(x, fmt::format("stem_1_stem_batch_norm_{}", number));
    x = activated(x, "relu", fmt::format("stem_1_stem_act_{}", number));
    ++number;
  }
  return x;
}

struct ResNetRsBlock {
  int64_t filters;
  int64_t stride;
  bool projected;
  double drop;
};

Tensor resnet_rs_block(const Tensor& x, const ResNetRsBlock& block, const std::string& name,
                       LayerNames& names) {
  Tensor around = x;
  if (block.projected) {
    if (block.stride == 2) {
      around = layers::average_pooling2d(around,
                                         {.padding = Padding::kSame, .name = name + "_projection_pooling"});
    }
    around = resnet_rs_conv(around, 4 * block.filters, 1, 1, name + "_projection_conv", names);
    around = resnet_rs_normalized(around, name + "_projection_batch_norm");
  }
  Tensor y = resnet_rs_conv(x, block.filters, 1, 1, name + "_conv_1", names);
  y = activated(resnet_rs_normalized(y, name + "batch_norm_1"), "relu", name + "_act_1");
  y = resnet_rs_conv(y, block.filters, 3, block.stride, name + "_conv_2", names);
  y = activated(resnet_rs_normalized(y, name + "_batch_norm_2"), "relu", name + "_act_2");
  y = resnet_rs_normalized(resnet_rs_conv(y, 4 * block.filters, 1, 1, name + "_conv_3", names),
                           name + "_batch_norm_3");
  y = squeezed_and_excited(y, block.filters, "relu", name + "_se_se_");
  y = dropped_for_some(y, block.drop, name + "_drop");
  return activated(layers::add({y, around}, {.name = names("add")}), "relu", name + "_output_act");
}

Tensor resnet_rs_body(const Tensor& image, const ApplicationOptions& options, const ResNetRsMember& member,
                      LayerNames& names) {
  Tensor x = options.include_preprocessing ? imagenet_normalized(image, names) : image;
  x = resnet_rs_stem(x, names);
  for (int stage = 0; stage < 4; ++stage) {
    const double drop = member.drop_connect * (stage + 2) / 5;
    for (int i = 0; i < member.depths[stage]; ++i) {
      x = resnet_rs_block(x, {64 << stage, i == 0 && stage > 0 ? 2 : 1, i == 0, drop},
                          fmt::format("BlockGroup{}__block_{}_", stage + 2, i), names);
    }
  }
  return x;
}

Application resnet_rs_application(const ResNetRsMember& member) {
  const auto build = [member](const Tensor& image, const ApplicationOptions& options, LayerNames& names) {
    return resnet_rs_body(image, options, member, names);
  };
  return {.name = fmt::format("ResNetRS{}", member.layers),
          .model_name = fmt::format("resnet-rs-{}", member.layers),
          .preprocessing = "none",
          .bare_preprocessing = "torch",
          .own = {.include_preprocessing = true},
          .dropout = member.dropout,
          .body = build,
          .top = standard_top};
}

}  // namespace

std::vector<Application> resnet_rs() { return from_rows(kResNetRss, resnet_rs_application); }

}  // namespace nudge::applications
