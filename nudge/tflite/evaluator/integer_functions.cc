#include "nudge/tflite/evaluator/integer_functions.h"

#include <algorithm>
#include <array>
#include <limits>

namespace nudge::tflite {

namespace {

// Arithmetic of fixed-point numbers held in 32 or 16 bits.
int32_t times(int32_t a, int32_t b) { return high_product(a, b); }
int16_t times(int16_t a, int16_t b) { return high_product16(a, b); }

template <typename Raw>
constexpr int kBits = 8 * sizeof(Raw) - 1;  // of a fraction without whole part

template <typename Raw>
Raw narrowed(int64_t value) {
  return static_cast<Raw>(
      std::clamp<int64_t>(value, std::numeric_limits<Raw>::min(), std::numeric_limits<Raw>::max()));
}

// A constant, given in 32 bits.
template <typename Raw>
Raw constant(int32_t value) {
  return static_cast<Raw>(sizeof(Raw) == sizeof(int32_t) ? value : rounding_shift_right(value, 16));
}

// exp(z) as a fraction, of z <= 0 with so many bits before the point: a polynomial on (-1/4, 0], times tabled
// powers of e.
template <typename Raw>
Raw exponential_of(Raw z, int whole_bits) {
  if (z == 0) return std::numeric_limits<Raw>::max();
  constexpr std::array<int32_t, 7> kPowers{1672461947, 1302514674, 790015084, 290630308,
                                           39332535,   720401,     242};
  const int fraction_bits = kBits<Raw> - whole_bits;
  const int32_t quarter = 1 << (fraction_bits - 2);
  const int32_t remainder =
      static_cast<int32_t>(static_cast<uint32_t>(int32_t{z}) & static_cast<uint32_t>(quarter - 1)) - quarter;
  const auto u = static_cast<Raw>(remainder * (1 << whole_bits) + (1 << (kBits<Raw> - 3)));
  const Raw u2 = times(u, u), u3 = times(u2, u), u4 = times(u2, u2);
  const auto cubes = static_cast<Raw>(rounding_shift_right(u4, 2) + u3);
  const auto tail = rounding_shift_right(times(cubes, constant<Raw>(715827883)) + u2, 1);
  const Raw eighth = constant<Raw>(1895147668);  // exp(-1/8)
  Raw result = narrowed<Raw>(int64_t{eighth} + times(eighth, narrowed<Raw>(int64_t{u} + tail)));
  const int32_t whole = remainder - z;
  for (int k = -2; k <= 4 && k < whole_bits; ++k) {
    if ((whole & (1 << (fraction_bits + k))) != 0)
      result = times(result, constant<Raw>(kPowers[static_cast<size_t>(k + 2)]));
  }
  return result;
}

// 2 / (1 + a) with two bits before the point, by Newton's method, of a fraction a >= 0.
template <typename Raw>
Raw twice_reciprocal_of_one_plus(Raw a) {
  const auto half = static_cast<Raw>((int64_t{a} + std::numeric_limits<Raw>::max() + 1) / 2);
  constexpr int kWholeBits = 2;
  auto x = static_cast<Raw>(constant<Raw>(1515870810) + times(half, constant<Raw>(-1010580540)));
  for (int i = 0; i < 3; ++i) {
    const auto error = static_cast<Raw>((1 << (kBits<Raw> - kWholeBits)) - times(half, x));
    x = static_cast<Raw>(x + narrowed<Raw>(int64_t{times(x, error)} * 4));
  }
  return x;
}

}  // namespace

int32_t exponential(int32_t z) { return exponential_of(z, 5); }

int32_t reciprocal_of_one_plus(int32_t a) {
  return narrowed<int32_t>(int64_t{twice_reciprocal_of_one_plus(a)} * 2);
}

int16_t logistic16(int16_t x) {
  if (x == 0) return 1 << 14;
  const auto below = static_cast<int16_t>(x > 0 ? -x : x);
  const int16_t power = exponential_of(below, 3);
  const auto positive = narrowed<int16_t>(int64_t{twice_reciprocal_of_one_plus(power)} * 2);
  return x > 0 ? positive : static_cast<int16_t>(INT16_MAX - positive);
}

int16_t tanh16(int16_t x, int whole_bits) {
  if (x == 0) return 0;
  const auto below = static_cast<int16_t>(x > 0 ? -x : x);
  // exp(2x) is that of x with one more bit before the point.
  const int16_t power = exponential_of(below, whole_bits + 1);
  constexpr int32_t kOne = 1 << 13;
  const auto size = narrowed<int16_t>(int64_t{twice_reciprocal_of_one_plus(power) - kOne} * 4);
  return static_cast<int16_t>(x > 0 ? size : -size);
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
