// ADD and SUB of codes as LiteRT's reference kernels compute them.
#pragma once

#include <algorithm>
#include <cstdint>

#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

// Both sides are brought to one scale, twice the larger, with some bits to spare.
struct IntegerSum {
  Multiplier left;
  Multiplier right;
  Multiplier out;
  int32_t zero_left = 0;
  int32_t zero_right = 0;
  int32_t zero_out = 0;
  int32_t low = INT8_MIN;  // codes
  int32_t high = INT8_MAX;
  bool subtract = false;
  int spare_bits = 20;  // 15 for codes of 16 bits

  // The factors for these scales; the rest stays as it is.
  void set_scales(double a, double b, double sum) {
    const double common = 2 * std::max(a, b);
    left = quantize_multiplier(a / common);
    right = quantize_multiplier(b / common);
    out = quantize_multiplier(common / ((1 << spare_bits) * sum));
  }

  // What a code less its zero point adds.
  int32_t term(int32_t centered, Multiplier factor) const {
    return multiply(shift_left(centered, spare_bits), factor);
  }

  int32_t operator()(int32_t x, int32_t y) const {
    const int32_t a = term(x - zero_left, left), b = term(y - zero_right, right);
    const int64_t code = int64_t{multiply(subtract ? a - b : a + b, out)} + zero_out;
    return static_cast<int32_t>(std::clamp<int64_t>(code, low, high));
  }
};

}  // namespace nudge::tflite
