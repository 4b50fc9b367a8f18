#include <fmt/format.h>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/applications/inception_pieces.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

// The same layers at two or three numbers of channels.
using Branches = std::vector<Branch>;

// 35 x 35: 1x1, 5x5, two 3x3 and a pooling of so many channels.
Branches fine(int64_t pooled) {
  return {{{64, 1}}, {{48, 1}, {64, 5}}, {{64, 1}, {96, 3}, {96, 3}}, {kAveragePooling, {pooled, 1}}};
}

// 17 x 17: 1x1, 7x7 in two parts, twice 7x7 in two parts, a pooling.
Branches medium(int64_t c) {
  return {{{192, 1}},
          {{c, 1}, {c, {1, 7}}, {192, {7, 1}}},
          {{c, 1}, {c, {7, 1}}, {c, {1, 7}}, {c, {7, 1}}, {192, {1, 7}}},
          {kAveragePooling, {192, 1}}};
}

Branches to_17x17() { return {{{384, 3, 2}}, {{64, 1}, {96, 3}, {96, 3, 2}}, {kMaxPooling}}; }

Branches to_8x8() {
  return {{{192, 1}, {320, 3, 2}}, {{192, 1}, {192, {1, 7}}, {192, {7, 1}}, {192, 3, 2}}, {kMaxPooling}};
}

// Two convolutions of the same values, one after the other in the channels.
Tensor split(const Tensor& x, InceptionLayers& layers, const std::string& name) {
  const Tensor row = layers.conv(x, {384, {1, 3}});
  return layers::concatenate({row, layers.conv(x, {384, {3, 1}})}, {.name = name});
}

// 8 x 8
Tensor coarse(const Tensor& x, InceptionLayers& layers, int number) {
  const Tensor single = layers.conv(x, {320, 1});
  const Tensor narrow = split(layers.conv(x, {384, 1}), layers, fmt::format("mixed9_{}", number));
  const Tensor wide = layers.branch(x, {{448, 1}, {384, 3}});
  const Tensor wide_split = split(wide, layers, layers.names("concatenate"));
  const Tensor pooled = layers.branch(x, {kAveragePooling, {192, 1}});
  return layers::concatenate({single, narrow, wide_split, pooled},
                             {.name = fmt::format("mixed{}", 9 + number)});
}

Tensor inception_v3_body(const Tensor& image, const ApplicationOptions&, LayerNames& names) {
  InceptionLayers layers(names);
  Tensor x = layers.branch(image, inception_stem());
  int number = 0;
  for (const Branches& branches : {fine(32), fine(64), fine(64), to_17x17(), medium(128), medium(160),
                                   medium(160), medium(192), to_8x8()}) {
    x = layers.mixed(x, branches, fmt::format("mixed{}", number++));
  }
  for (int i = 0; i < 2; ++i) x = coarse(x, layers, i);
  return x;
}

}  // namespace

std::vector<Application> inception_v3() {
  return {{.name = "InceptionV3",
           .model_name = "inception_v3",
           .preprocessing = "tf",
           .input_shape = {299, 299, 3},
           .minimum = 75,
           .body = inception_v3_body,
           .top = standard_top,
           .short_pool_names = false}};
}

}  // namespace nudge::applications
