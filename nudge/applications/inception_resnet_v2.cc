#include <fmt/format.h>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/applications/inception_pieces.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::Padding;
using Branches = std::vector<Branch>;

struct Residual {
  const char* name;
  int count;
  double scale;
  Branches branches;
};

// Branches, brought back to the input's channels and added to it at a scale.
Tensor residual(const Tensor& x, const Residual& block, int number, InceptionLayers& layer) {
  const std::string name = fmt::format("{}_{}", block.name, number);
  const Tensor mixed = layer.mixed(x, block.branches, name + "_mixed");
  const Tensor up =
      layers::conv2d(mixed, {.filters = x.shape()[3], .padding = Padding::kSame, .name = name + "_conv"});
  // The network's last block adds all of it, without a ReLU.
  const bool last = block.name == std::string("block8") && number == block.count;
  const Tensor sum = layers::custom_scale_layer(
      {x, up}, {.scale = last ? 1.0 : block.scale, .name = layer.names("custom_scale_layer")});
  return last ? sum : activated(sum, "relu", name + "_ac");
}

Tensor residuals(Tensor x, const Residual& block, InceptionLayers& layer) {
  for (int number = 1; number <= block.count; ++number) x = residual(x, block, number, layer);
  return x;
}

Tensor inception_resnet_v2_body(const Tensor& image, const ApplicationOptions&, LayerNames& names) {
  InceptionLayers layer(names);
  Tensor x = layer.branch(image, inception_stem());
  x = layer.mixed(x, {{{96, 1}}, {{48, 1}, {64, 5}}, {{64, 1}, {96, 3}, {96, 3}}, {kAveragePooling, {64, 1}}},
                  "mixed_5b");
  x = residuals(x, {"block35", 10, 0.17, {{{32, 1}}, {{32, 1}, {32, 3}}, {{32, 1}, {48, 3}, {64, 3}}}},
                layer);
  x = layer.mixed(x, {{{384, 3, 2}}, {{256, 1}, {256, 3}, {384, 3, 2}}, {kMaxPooling}}, "mixed_6a");
  x = residuals(x, {"block17", 20, 0.1, {{{192, 1}}, {{128, 1}, {160, {1, 7}}, {192, {7, 1}}}}}, layer);
  x = layer.mixed(
      x, {{{256, 1}, {384, 3, 2}}, {{256, 1}, {288, 3, 2}}, {{256, 1}, {288, 3}, {320, 3, 2}}, {kMaxPooling}},
      "mixed_7a");
  x = residuals(x, {"block8", 10, 0.2, {{{192, 1}}, {{192, 1}, {224, {1, 3}}, {256, {3, 1}}}}}, layer);
  return layer.conv(x, {1536, 1}, "conv_7b");
}

}  // namespace

std::vector<Application> inception_resnet_v2() {
  return {{.name = "InceptionResNetV2",
           .model_name = "inception_resnet_v2",
           .preprocessing = "tf",
           .input_shape = {299, 299, 3},
           .minimum = 75,
           .body = inception_resnet_v2_body,
           .top = standard_top,
           .short_pool_names = false}};
}

}  // namespace nudge::applications
