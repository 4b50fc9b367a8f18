#include "nudge/convert/portable_scale.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nudge/base/random.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::convert {
namespace {

// The three arithmetics of one product's output, for one sum.
struct Arithmetic {
  Arithmetic(float scale, float input, float output)
      : exact(static_cast<double>(input) * static_cast<double>(scale) / static_cast<double>(output)),
        fixed(tflite::quantize_multiplier(exact)),
        xnnpack(input * scale / output) {}

  double once(int32_t sum) const { return std::round(sum * exact); }
  double reference(int32_t sum) const { return tflite::multiply(sum, fixed); }
  double floats(int32_t sum) const { return std::nearbyint(static_cast<float>(sum) * xnnpack); }

  double exact;
  tflite::Multiplier fixed;
  float xnnpack;
};

// For how many of the sums whose codes are within -256 and 256 the arithmetics do not all agree.
int64_t differing_sums(float scale, float input, float output) {
  const Arithmetic arithmetic(scale, input, output);
  const auto most = static_cast<int32_t>(256 / arithmetic.exact);
  int64_t differing = 0;
  for (int32_t sum = -most; sum <= most; ++sum) {
    const double code = arithmetic.once(sum);
    differing += arithmetic.reference(sum) != code || arithmetic.floats(sum) != code ? 1 : 0;
  }
  return differing;
}

struct Case {
  double scale;
  float input;
  float output;
};

// With so many sums to a code.
Case random_case(Random& random, double sums) {
  const auto input = static_cast<float>(std::pow(10.0, random.uniform(-4, 0)));
  const auto output = static_cast<float>(std::pow(10.0, random.uniform(-4, 0)));
  return {static_cast<double>(output) / static_cast<double>(input) / sums, input, output};
}

TEST(PortableScale, AllArithmeticsAgreeOnEverySum) {
  const uint64_t seed = 20261126;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 400; ++round) {
    const double sums = std::exp2(random.uniform(std::log2(10), 12.5));
    const Case of = random_case(random, sums);
    const float scale = portable_scale(of.scale, of.input, of.output);
    EXPECT_EQ(differing_sums(scale, of.input, of.output), 0)
        << sums << " sums a code, scales " << of.input << ", " << scale << ", " << of.output;
    EXPECT_LE(static_cast<double>(scale), of.scale * 1.3 * (1 + 1e-6));
    EXPECT_GE(static_cast<double>(scale), of.scale * (1 - 1.0 / 128) * (1 - 1e-6));
  }
}

// What the search is for: the scale as it comes makes one sum in a few hundred differ.
TEST(PortableScale, OtherScalesDiffer) {
  const float input = 0.02f, output = 0.05f;
  const auto scale = static_cast<float>(0.05 / 0.02 / 301.3);
  EXPECT_GT(differing_sums(scale, input, output), 100);
  EXPECT_EQ(differing_sums(portable_scale(static_cast<double>(scale), input, output), input, output), 0);
}

TEST(PortableScale, IsTheNearestAndStays) {
  const float input = 0.02f, output = 0.05f;
  const float found = portable_scale(0.05 / 0.02 / 301.3, input, output);
  EXPECT_NEAR(static_cast<double>(output / input / found), 302, 1e-3) << "the nearest even number";
  EXPECT_EQ(portable_scale(static_cast<double>(found), input, output), found);
}

TEST(PortableScale, ScalesOutOfReachStayAsTheyAre) {
  for (const double sums : {1e-3, 1.0, 1.9, 20000.0, 1e12}) {
    EXPECT_EQ(portable_scale(1 / sums, 0.5f, 0.5f), static_cast<float>(1 / sums)) << sums;
  }
}

TEST(PortableCode, HasAScaleCloseToAPortableOne) {
  const uint64_t seed = 7;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 200; ++round) {
    const Case of = random_case(random, random.uniform(64, 4000));
    const double weight = 127 * of.scale;
    const int8_t code = portable_code(weight, of.input, of.output);
    ASSERT_GE(code, 64);
    const float scale = portable_scale(weight / code, of.input, of.output);
    EXPECT_NEAR(static_cast<double>(scale) * code / weight, 1, 2e-3) << "weight " << weight;
  }
}

}  // namespace
}  // namespace nudge::convert
