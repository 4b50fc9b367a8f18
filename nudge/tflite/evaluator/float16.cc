#include "nudge/tflite/evaluator/float16.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace nudge::tflite {

namespace {

float widened(uint16_t half) {
  const uint32_t sign = (half & 0x8000U) << 16, exponent = half >> 10 & 0x1FU, fraction = half & 0x3FFU;
  constexpr uint32_t kBiasDifference = 127 - 15;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000U | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + kBiasDifference) << 23 | fraction << 13);
  // Subnormal: fractions of 2^-24, which a float holds exactly.
  const float value = static_cast<float>(fraction) * 0x1p-24F;
  return sign == 0 ? value : -value;
}

}  // namespace

std::vector<float> from_float16(const std::vector<std::byte>& bytes) {
  std::vector<float> values(bytes.size() / sizeof(uint16_t));
  for (size_t i = 0; i < values.size(); ++i) {
    uint16_t half = 0;
    std::memcpy(&half, bytes.data() + i * sizeof(half), sizeof(half));
    values[i] = widened(half);
  }
  return values;
}

}  // namespace nudge::tflite
