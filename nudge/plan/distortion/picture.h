// One image as distortions see it: (height, width, channels) float32.
#pragma once

#include <algorithm>
#include <cstdint>

#include "nudge/ops/distortion.h"

namespace nudge::plan {

struct Picture {
  const float* pixels = nullptr;
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 0;

  int64_t size() const { return height * width * channels; }
  const float* at(int64_t y, int64_t x) const { return pixels + (y * width + x) * channels; }
};

// A pixel's value within those that pixels have.
inline float kept_in(double value, const ops::Interval& values) {
  return static_cast<float>(std::clamp(value, values.low, std::max(values.low, values.high)));
}

}  // namespace nudge::plan
