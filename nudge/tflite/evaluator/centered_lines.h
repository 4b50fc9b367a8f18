// Lines of an image of codes less their zero point, as a depthwise convolution's window wants them.  Private
// to the kernels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "nudge/tflite/evaluator/depthwise_sums.h"
#include "nudge/tflite/evaluator/window.h"

namespace nudge::tflite {

// Keeps the lines under one window, each filled up with zeros to what the window covers beside it.
template <typename Code>
class CenteredLines {
 public:
  // Pixels of a line, those beside the image included.
  static int64_t length(const FilterWindow& width) {
    const int64_t extent = (width.kernel - 1) * width.dilation + 1;
    return std::max(width.before + width.in, (width.out - 1) * width.stride + extent);
  }

  CenteredLines(const FilterWindow& height, const FilterWindow& width, int64_t channels,
                int64_t padded_channels, int16_t zero_point)
      : height_(height),
        width_(width),
        channels_(channels),
        pixel_(padded_channels),
        zero_point_(zero_point),
        slots_(std::min((height.kernel - 1) * height.dilation + 1, height.in)),
        line_(length(width) * padded_channels),
        values_(static_cast<size_t>((slots_ + 1) * line_)),
        held_(static_cast<size_t>(slots_), -1) {}

  // For each tap of the kernel, the values under it at the first pixel of output line `row`; the last may be
  // one more, whatever it points at.
  void find_taps(const Code* image, int64_t row, std::vector<const int16_t*>& taps) {
    auto tap = taps.begin();
    for (int64_t ky = 0; ky < height_.kernel; ++ky) {
      const int16_t* line = centered(image, height_.start(row) + ky * height_.dilation);
      for (int64_t kx = 0; kx < width_.kernel; ++kx) *tap++ = line + kx * width_.dilation * pixel_;
    }
    std::fill(tap, taps.end(), values_.data());
  }

  // Before lines of another image.
  void forget() { std::fill(held_.begin(), held_.end(), -1); }

 private:
  const int16_t* centered(const Code* image, int64_t y) {
    if (y < 0 || y >= height_.in) return values_.data() + slots_ * line_;  // zeros
    const int64_t slot = y % slots_;
    int16_t* line = values_.data() + slot * line_;
    if (held_[static_cast<size_t>(slot)] == y) return line;
    held_[static_cast<size_t>(slot)] = y;
    const Code* from = image + y * width_.in * channels_;
    int16_t* to = line + width_.before * pixel_;
    if (pixel_ == channels_) {
      center_codes(from, width_.in * channels_, zero_point_, to);
    } else {
      for (int64_t x = 0; x < width_.in; ++x)
        center_codes(from + x * channels_, channels_, zero_point_, to + x * pixel_);
    }
    return line;
  }

  FilterWindow height_, width_;
  int64_t channels_, pixel_;
  int16_t zero_point_;
  int64_t slots_, line_;
  std::vector<int16_t> values_;  // the lines, then one of zeros
  std::vector<int64_t> held_;    // which line a slot has
};

}  // namespace nudge::tflite
