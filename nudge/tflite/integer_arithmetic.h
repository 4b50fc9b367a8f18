// The fixed-point arithmetic of LiteRT's reference kernels, bit for bit (double-rounding build).
//
// A real factor is q / 2^31 * 2^e; one that is not finite, which no sound file has, becomes the largest.
// Shifts of negative numbers are arithmetic, and overflow wraps, as it does in the runtime.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace nudge::tflite {

struct Multiplier {
  int32_t q = 0;
  int e = 0;  // positive: to the left
  bool operator==(const Multiplier&) const = default;
};

inline Multiplier quantize_multiplier(double factor) {
  if (factor == 0) return {};
  if (!std::isfinite(factor)) return {std::numeric_limits<int32_t>::max(), 31};
  int exponent = 0;
  const double mantissa = std::frexp(factor, &exponent);
  auto q = static_cast<int64_t>(std::round(mantissa * 2147483648.0));
  if (q == int64_t{1} << 31) {
    q /= 2;
    ++exponent;
  }
  if (exponent < -31) return {};
  return {static_cast<int32_t>(q), exponent};
}

inline int32_t saturate_int32(int64_t value) {
  return static_cast<int32_t>(std::clamp<int64_t>(value, INT32_MIN, INT32_MAX));
}

inline int16_t saturate_int16(int32_t value) {
  return static_cast<int16_t>(std::clamp<int32_t>(value, INT16_MIN, INT16_MAX));
}

// a + b, wrapping.
inline int32_t wrapping_sum(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

// The same for loops over sums of any kind.
inline int64_t wrapping_sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
inline float wrapping_sum(float a, float b) { return a + b; }

// x * 2^n, wrapping.
inline int32_t shift_left(int32_t x, int n) {
  return n > 31 ? 0 : static_cast<int32_t>(static_cast<uint32_t>(x) << n);
}

// x * 2^n, saturating.
inline int32_t saturating_shift_left(int32_t x, int n) {
  return saturate_int32(static_cast<int64_t>(x) << std::min(n, 31));
}

// a * b / 2^31, ties towards +infinity; the one product that does not fit saturates.
inline int32_t high_product(int32_t a, int32_t b) {
  if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
  return static_cast<int32_t>((static_cast<int64_t>(a) * b + (int64_t{1} << 30)) >> 31);
}

// The same in 16 bits: a * b / 2^15.
inline int16_t high_product16(int16_t a, int16_t b) {
  if (a == INT16_MIN && b == INT16_MIN) return INT16_MAX;
  return static_cast<int16_t>((static_cast<int32_t>(a) * b + (1 << 14)) >> 15);
}

// x / 2^n, ties away from zero; n in [0, 31].
inline int32_t rounding_shift_right(int32_t x, int n) {
  const auto mask = static_cast<int32_t>((int64_t{1} << n) - 1);
  const int32_t remainder = x & mask;
  const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> n) + (remainder > threshold ? 1 : 0);
}

// x * factor, rounded twice: in the product and in the shift.
inline int32_t multiply(int32_t x, Multiplier factor) {
  const int left = std::max(factor.e, 0);
  return rounding_shift_right(high_product(shift_left(x, left), factor.q), std::max(-factor.e, 0));
}

// x * factor, rounded once, with 15 bits of the factor: of sums beyond 32 bits.
inline int32_t multiply_wide(int64_t x, Multiplier factor) {
  constexpr int32_t kWouldOverflow = 0x7FFF0000;
  const int64_t q = factor.q < kWouldOverflow ? (factor.q + (1 << 15)) >> 16 : 0x7FFF;
  const int shift = std::clamp(15 - factor.e, 1, 46);
  const auto product = static_cast<int64_t>(static_cast<uint64_t>(x) * static_cast<uint64_t>(q));
  return static_cast<int32_t>(wrapping_sum(product, int64_t{1} << (shift - 1)) >> shift);
}

inline int8_t saturate_int8(int32_t value) {
  return static_cast<int8_t>(std::clamp<int32_t>(value, INT8_MIN, INT8_MAX));
}

// The nearest integer, ties away from zero, as an int32 (saturating; NaN gives 0).
inline int32_t round_to_int32(double value) {
  const double rounded = std::round(value);
  if (!(rounded > -2147483648.0)) return rounded <= -2147483648.0 ? INT32_MIN : 0;
  return rounded >= 2147483647.0 ? INT32_MAX : static_cast<int32_t>(rounded);
}

inline int leading_zeros(uint32_t value) { return value == 0 ? 32 : __builtin_clz(value); }

}  // namespace nudge::tflite
