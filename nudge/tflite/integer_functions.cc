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

// x = m * 2^n with m near sqrt(sqrt(1/2)), whose logarithm a quotient of polynomials gives; of two such ways
// the one with the smaller m counts.
int32_t logarithm(int32_t x) {
  constexpr int kIntegerBits = 12;
  constexpr int kFractionBits = 25;  // of the exponent and the sum, in Q6.25
  constexpr int64_t kQuarter = 1 << 23;
  constexpr int32_t kLog2 = 1488522236;        // log(2)
  constexpr int32_t kRoot = 1518500250;        // sqrt(1/2)
  constexpr int32_t kRootOfRoot = 1805811301;  // sqrt(sqrt(1/2))
  constexpr int32_t kNumerator = 117049297;    // 11/240 * sqrt(sqrt(2))
  constexpr int32_t kDenominator = 127690142;  // 1/20 * sqrt(sqrt(2))
  constexpr int32_t kIntercept = 1057819769;   // 2 / sqrt(sqrt(2)) - sqrt(sqrt(2))
  constexpr int32_t kSlope = 638450708;        // 1/4 * sqrt(sqrt(2))
  const auto exponent = [&](int power, int64_t quarter) {
    return saturate_int32(int64_t{saturate_int32(int64_t{power} * (int64_t{1} << kFractionBits))} + quarter);
  };
  const int zeros = leading_zeros(static_cast<uint32_t>(x));
  const int32_t first =
      saturating_shift_left(high_product(saturating_shift_left(x, std::max(zeros - 1, 0)), kRoot), 1);
  const int room = std::max(leading_zeros(static_cast<uint32_t>(high_product(x, kRoot))) - 1, 0);
  const int32_t second = saturating_shift_left(x, room);
  const int32_t n =
      std::max(exponent(kIntegerBits - zeros, kQuarter), exponent(kIntegerBits - room, -kQuarter));
  const int32_t m = std::min(first, second);

  const int64_t both = int64_t{m} + kRootOfRoot;
  const auto middle = static_cast<int32_t>((both + (both >= 0 ? 1 : -1)) / 2);
  const int32_t half = m - kRootOfRoot, q = wrapping_sum(half, half);
  const int32_t square = high_product(q, q);
  const int32_t numerator =
      wrapping_sum(high_product(q, m), high_product(high_product(q, square), kNumerator));
  const int32_t inner = wrapping_sum(wrapping_sum(kIntercept, q), high_product(kDenominator, square));
  const int32_t denominator = wrapping_sum(high_product(middle, inner), high_product(kSlope, q));
  const int32_t quotient =
      high_product(rounding_shift_right(numerator, 31 - kFractionBits), reciprocal_of_one_plus(denominator));
  return saturating_shift_left(wrapping_sum(high_product(n, kLog2), quotient), 1);
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
