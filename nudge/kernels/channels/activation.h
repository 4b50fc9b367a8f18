// The activation functions that a pass over channels may end in.
#pragma once

#include <limits>

namespace nudge::kernels {

// max(x, 0) up to max_value, slope * x below zero: Keras's ReLU layer with threshold 0.
struct BlockActivation {
  bool relu = false;                                         // false: linear, the rest unused
  float max_value = std::numeric_limits<float>::infinity();  // 6 for ReLU6
  float negative_slope = 0.0f;
};

}  // namespace nudge::kernels
