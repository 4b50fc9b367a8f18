#include "nudge/tflite/evaluator/dynamic_range.h"

#include <algorithm>
#include <cmath>

#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

namespace {

int8_t clamped_code(float real, int32_t lowest) {
  const int32_t code = round_to_int32(static_cast<double>(std::round(real)));
  return static_cast<int8_t>(std::clamp<int32_t>(code, lowest, INT8_MAX));
}

RunGrid all_zero(int64_t count, int8_t* codes) {
  std::fill_n(codes, count, int8_t{0});
  return {};
}

}  // namespace

RunGrid quantize_symmetric(const float* values, int64_t count, int8_t* codes) {
  float largest = 0;
  for (int64_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(values[i]));
  if (largest == 0) return all_zero(count, codes);
  constexpr float kHighest = INT8_MAX;
  const float inverse = kHighest / largest;
  for (int64_t i = 0; i < count; ++i) codes[i] = clamped_code(values[i] * inverse, -INT8_MAX);
  return {largest / kHighest, 0};
}

RunGrid quantize_asymmetric(const float* values, int64_t count, int8_t* codes) {
  float least = 0, greatest = 0;
  for (int64_t i = 0; i < count; ++i) {
    least = std::min(least, values[i]);
    greatest = std::max(greatest, values[i]);
  }
  if (least == greatest) return all_zero(count, codes);
  constexpr double kLow = INT8_MIN, kHigh = INT8_MAX;
  const auto low = static_cast<double>(least), high = static_cast<double>(greatest);
  const double scale = (high - low) / (kHigh - kLow);
  // The zero point from the end that loses less.
  const bool from_low = -kLow + std::abs(low / scale) < kHigh + std::abs(high / scale);
  const double zero = from_low ? kLow - low / scale : kHigh - high / scale;
  const RunGrid grid{static_cast<float>(scale),
                     static_cast<int32_t>(std::round(std::clamp(zero, kLow, kHigh)))};
  const float inverse = 1.0F / grid.scale;
  for (int64_t i = 0; i < count; ++i)
    codes[i] = clamped_code(static_cast<float>(grid.zero_point) + values[i] * inverse, INT8_MIN);
  return grid;
}

}  // namespace nudge::tflite
