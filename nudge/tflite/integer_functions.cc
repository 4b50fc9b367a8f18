#include "nudge/tflite/integer_functions.h"

#include <array>

namespace nudge::tflite {

// A polynomial on (-1/4, 0], times tabled powers of e.
int32_t exponential(int32_t z) {
  if (z == 0) return INT32_MAX;
  constexpr std::array<int32_t, 7> kPowers{1672461947, 1302514674, 790015084, 290630308,
                                           39332535,   720401,     242};
  const int32_t remainder = static_cast<int32_t>(static_cast<uint32_t>(z) & ((1u << 24) - 1)) - (1 << 24);
  const int32_t u = remainder * 32 + (1 << 28);
  const int32_t u2 = high_product(u, u), u3 = high_product(u2, u), u4 = high_product(u2, u2);
  const int32_t tail =
      rounding_shift_right(high_product(rounding_shift_right(u4, 2) + u3, 715827883) + u2, 1);
  int32_t result =
      saturate_int32(int64_t{1895147668} + high_product(1895147668, saturate_int32(int64_t{u} + tail)));
  const int32_t whole = remainder - z;
  for (int k = -2; k <= 4; ++k) {
    if ((whole & (1 << (26 + k))) != 0) result = high_product(result, kPowers[static_cast<size_t>(k + 2)]);
  }
  return result;
}

// By Newton's method in Q2.29.
int32_t reciprocal_of_one_plus(int32_t a) {
  const auto half = static_cast<int32_t>((int64_t{a} + INT32_MAX + 1) / 2);
  int32_t x = 1515870810 + high_product(half, -1010580540);
  for (int i = 0; i < 3; ++i) {
    const int32_t error = (1 << 29) - high_product(half, x);
    x += saturate_int32(int64_t{high_product(x, error)} * 4);
  }
  return saturate_int32(int64_t{x} * 2);
}

// By Newton's method in Q3.28, after powers of 4 are taken out of the value.
Multiplier inverse_square_root(int32_t value) {
  if (value <= 1) return {INT32_MAX, 0};
  int shift = 11;
  for (; value >= 1 << 29; ++shift) value /= 4;
  const int pairs = (leading_zeros(static_cast<uint32_t>(value)) - 1) / 2 - 1;
  shift -= pairs;
  value <<= 2 * pairs;
  constexpr int32_t kThreeHalves = 3 << 27;
  constexpr int32_t kHalfRoot = 1518500250;  // sqrt(1/2) in Q0.31
  const int32_t half = rounding_shift_right(value >> 1, 1);
  int32_t x = 1 << 28;
  for (int i = 0; i < 5; ++i) {
    const int32_t cube = saturating_shift_left(high_product(high_product(x, x), x), 6);
    x = saturating_shift_left(high_product(kThreeHalves, x) - high_product(half, cube), 3);
  }
  x = high_product(x, kHalfRoot);
  if (shift < 0) return {saturating_shift_left(x, -shift), 0};
  return {x, -shift};
}

}  // namespace nudge::tflite
