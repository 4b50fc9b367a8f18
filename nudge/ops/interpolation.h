// How an image is resized.
#pragma once

#include <string>

namespace nudge::ops {

enum class Interpolation { kNearest, kBilinear };

// Keras's name.
inline std::string to_string(Interpolation interpolation) {
  return interpolation == Interpolation::kNearest ? "nearest" : "bilinear";
}

}  // namespace nudge::ops
