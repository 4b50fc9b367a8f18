// What the Inception networks are made of: convolutions and poolings in branches side by side.
#pragma once

#include <string>
#include <vector>

#include "nudge/applications/backbone.h"
#include "nudge/layers/option_types.h"

namespace nudge::applications {

// A convolution with normalisation and ReLU, or a 3x3 pooling: of stride 1 a mean, of stride 2 a maximum.
struct InceptionStep {
  int64_t filters = 0;  // 0: a pooling
  layers::Size2 kernel_size = 1;
  int64_t stride = 1;
  // Where a stride of 1 keeps the size; with stride 2 only windows that lie within count.
  layers::Padding padding = layers::Padding::kSame;
};
inline const InceptionStep kAveragePooling = {0, 3, 1};
inline const InceptionStep kMaxPooling = {0, 3, 2};

// Steps one after the other.
using Branch = std::vector<InceptionStep>;

// What the third version and the residual one start with.
Branch inception_stem();

// Makes layers that are named by their classes, in the order they are asked for.
class InceptionLayers {
 public:
  explicit InceptionLayers(LayerNames& layer_names) : names(layer_names) {}
  // With a `name` instead, the layers are called it and it with "_bn" and "_ac".
  Tensor conv(const Tensor& x, const InceptionStep& step, const std::string& name = "");
  Tensor branch(const Tensor& x, const Branch& steps);
  // The branches' channels one after the other.
  Tensor mixed(const Tensor& x, const std::vector<Branch>& branches, const std::string& name);

  LayerNames& names;
};

}  // namespace nudge::applications
