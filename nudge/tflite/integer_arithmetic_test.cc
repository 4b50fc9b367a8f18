#include "nudge/tflite/integer_arithmetic.h"

#include <gtest/gtest.h>

#include "nudge/base/random.h"

namespace nudge::tflite {
namespace {

// The nearest integer to numerator / 2^shift by whole numbers alone; ties away from zero.
int64_t nearest_away(int64_t numerator, int shift) {
  const int64_t size = numerator < 0 ? -numerator : numerator;
  const int64_t rounded = (size + ((int64_t{1} << shift) >> 1)) >> shift;
  return numerator < 0 ? -rounded : rounded;
}

// numerator / 2^31, ties up.
int64_t nearest_up(int64_t numerator) {
  int64_t quotient = numerator / (int64_t{1} << 31);
  int64_t remainder = numerator % (int64_t{1} << 31);
  if (remainder < 0) {
    remainder += int64_t{1} << 31;
    --quotient;
  }
  return quotient + (remainder >= int64_t{1} << 30 ? 1 : 0);
}

int32_t any_int32(Random& random) { return static_cast<int32_t>(static_cast<uint32_t>(random.next())); }

TEST(IntegerArithmetic, ShiftRoundsTiesAwayFromZero) {
  Random random(11);
  for (int i = 0; i < 100000; ++i) {
    const int32_t x = any_int32(random) >> random.below(32);
    const int n = static_cast<int>(random.below(32));
    ASSERT_EQ(rounding_shift_right(x, n), nearest_away(x, n)) << x << " >> " << n;
  }
  EXPECT_EQ(rounding_shift_right(5, 1), 3);
  EXPECT_EQ(rounding_shift_right(-5, 1), -3);
}

TEST(IntegerArithmetic, HighProductIsTheRoundedQuotient) {
  Random random(12);
  for (int i = 0; i < 100000; ++i) {
    const int32_t a = any_int32(random);
    const int32_t b = any_int32(random);
    ASSERT_EQ(high_product(a, b), nearest_up(int64_t{a} * b)) << a << " * " << b;
  }
  EXPECT_EQ(high_product(INT32_MIN, INT32_MIN), INT32_MAX);
  EXPECT_EQ(high_product16(INT16_MIN, INT16_MIN), INT16_MAX);
  EXPECT_EQ(high_product16(181, 181), 1);
  EXPECT_EQ(high_product16(-181, 181), -1);
}

TEST(IntegerArithmetic, MultiplierIsTheNearestOf31Bits) {
  Random random(13);
  for (int i = 0; i < 10000; ++i) {
    const double factor = std::exp2(random.uniform(-28, 4));
    const Multiplier m = quantize_multiplier(factor);
    ASSERT_GE(m.q, int32_t{1} << 30);
    const double error = std::ldexp(static_cast<double>(m.q), m.e - 31) - factor;
    ASSERT_LE(std::abs(error), std::ldexp(0.5, m.e - 31) * 1.0000001) << factor;
  }
  EXPECT_EQ(quantize_multiplier(0), (Multiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(1), (Multiplier{1 << 30, 1}));
  EXPECT_EQ(quantize_multiplier(0.5), (Multiplier{1 << 30, 0}));
  EXPECT_EQ(quantize_multiplier(1 - 1e-12), (Multiplier{1 << 30, 1}));
  EXPECT_EQ(quantize_multiplier(1e-30), (Multiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(INFINITY).q, INT32_MAX);
}

TEST(IntegerArithmetic, MultiplyRoundsTheProductAndThenTheShift) {
  Random random(14);
  for (int i = 0; i < 100000; ++i) {
    const int32_t x = any_int32(random) >> (8 + random.below(16));
    const Multiplier m = quantize_multiplier(std::exp2(random.uniform(-20, 3)));
    const int left = std::max(m.e, 0);
    const int64_t high = nearest_up(int64_t{x} * (int64_t{1} << left) * m.q);
    ASSERT_EQ(multiply(x, m), nearest_away(high, std::max(-m.e, 0))) << x << " " << m.q << " " << m.e;
  }
  // 1.5 / 2: the product is exact, the shift's tie goes away from zero.
  EXPECT_EQ(multiply(3, quantize_multiplier(0.5)), 2);
  EXPECT_EQ(multiply(-3, quantize_multiplier(0.25)), -1);
}

TEST(IntegerArithmetic, Saturates) {
  EXPECT_EQ(saturate_int8(200), 127);
  EXPECT_EQ(saturate_int8(-200), -128);
  EXPECT_EQ(saturate_int32(int64_t{1} << 40), INT32_MAX);
  EXPECT_EQ(saturating_shift_left(1 << 20, 20), INT32_MAX);
  EXPECT_EQ(saturating_shift_left(-1, 31), INT32_MIN);
  EXPECT_EQ(shift_left(3, 31), INT32_MIN);
  EXPECT_EQ(shift_left(3, 40), 0);
  EXPECT_EQ(wrapping_sum(INT32_MAX, 1), INT32_MIN);
  EXPECT_EQ(round_to_int32(2.5), 3);
  EXPECT_EQ(round_to_int32(-2.5), -3);
  EXPECT_EQ(round_to_int32(1e30), INT32_MAX);
  EXPECT_EQ(round_to_int32(-1e30), INT32_MIN);
  EXPECT_EQ(round_to_int32(std::nan("")), 0);
}

}  // namespace
}  // namespace nudge::tflite
