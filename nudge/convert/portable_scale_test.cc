#include "nudge/convert/portable_scale.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nudge/base/random.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::convert {
namespace {

// The int8 code of one sum in each arithmetic.
struct Arithmetic {
  Arithmetic(float scale, float input, const CodeGrid& output)
      : exact(static_cast<double>(input) * static_cast<double>(scale) / static_cast<double>(output.scale)),
        fixed(tflite::quantize_multiplier(exact)),
        xnnpack(input * scale / output.scale),
        zero(output.zero_point) {}

  double code(double value) const { return std::clamp(value + zero, -128.0, 127.0); }
  double once(int32_t sum) const { return code(std::round(sum * exact)); }
  double reference(int32_t sum) const { return code(tflite::multiply(sum, fixed)); }
  double floats(int32_t sum) const {
    return code(std::nearbyint(static_cast<double>(static_cast<float>(sum) * xnnpack)));
  }

  double exact;
  tflite::Multiplier fixed;
  float xnnpack;
  int32_t zero;
};

// For how many sums the arithmetics do not all agree.
int64_t differing_sums(float scale, float input, const CodeGrid& output, const Sums& sums) {
  const Arithmetic arithmetic(scale, input, output);
  int64_t differing = 0;
  for (auto sum = static_cast<int32_t>(sums.least); sum <= sums.most; ++sum) {
    const double code = arithmetic.once(sum);
    differing += arithmetic.reference(sum) != code || arithmetic.floats(sum) != code ? 1 : 0;
  }
  return differing;
}

// All sums whose codes the output can hold, and some more.
Sums all_sums(double sums_a_code) {
  const auto most = static_cast<int64_t>(300 * sums_a_code) + 2;
  return {-most, most};
}

CodeGrid random_grid(Random& random) {
  const int32_t ends[] = {-128, 127, 0, static_cast<int32_t>(random.below(256)) - 128};
  return {static_cast<float>(std::pow(10.0, random.uniform(-4, 0))), ends[random.below(4)]};
}

TEST(SameCodes, IsWhatEverySumSays) {
  const uint64_t seed = 20261127;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  int same = 0;
  for (int round = 0; round < 800; ++round) {
    const CodeGrid output = random_grid(random);
    const float input = random_grid(random).scale;
    double sums_a_code = std::exp2(random.uniform(-8, 7));
    if (random.below(2) == 0) sums_a_code = 2 * std::ceil(sums_a_code / 2) * (1 - 1e-7);
    const auto scale =
        static_cast<float>(static_cast<double>(output.scale) / static_cast<double>(input) / sums_a_code);
    const auto middle = static_cast<int64_t>(random.uniform(-300, 300) * sums_a_code);
    const auto width = static_cast<int64_t>(random.uniform(0, 600) * sums_a_code * random.uniform());
    const Sums sums{middle - width, middle + width};
    const bool agree = differing_sums(scale, input, output, sums) == 0;
    EXPECT_EQ(same_codes(scale, input, output, sums), agree)
        << sums_a_code << " sums a code, sums " << sums.least << " to " << sums.most << ", scales " << input
        << ", " << scale << ", " << output.scale << ", zero point " << output.zero_point;
    same += agree ? 1 : 0;
  }
  EXPECT_GT(same, 100);
  EXPECT_LT(same, 700);
}

// What the reference kernels shift to the left does not fit.
TEST(SameCodes, NotWhereTheReferenceKernelsOverflow) {
  const CodeGrid output{1, 0};
  EXPECT_TRUE(same_codes(100.3f, 1, output, {-16'000'000, 16'000'000}));
  EXPECT_FALSE(same_codes(100.3f, 1, output, {-16'000'000, 17'000'000}));
  EXPECT_FALSE(same_codes(100.3f, 1, output, {-17'000'000, 16'000'000}));
}

TEST(SameCodes, NotWithAFactorThatIsNoNumber) {
  for (const float scale : {0.0f, std::numeric_limits<float>::infinity(), std::nanf("")}) {
    EXPECT_FALSE(same_codes(scale, 1, {1, 0}, {0, 0})) << scale;
  }
}

bool proves(double base, float input, const CodeGrid& output, const Sums& sums) {
  auto scale = static_cast<float>(base);
  for (int hair = 0; hair < 5; ++hair) {
    if (same_codes(scale, input, output, sums)) return true;
    scale = std::nextafter(scale, std::numeric_limits<float>::infinity());
  }
  return false;
}

TEST(PortableCandidates, AreProvenForEverySum) {
  const uint64_t seed = 20261126;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 400; ++round) {
    const CodeGrid output = random_grid(random);
    const float input = random_grid(random).scale;
    const double sums = std::exp2(random.uniform(-7, 12.5));
    const double scale = static_cast<double>(output.scale) / static_cast<double>(input) / sums;
    const ScaleCandidates candidates = portable_candidates(scale, 0, input, output.scale);
    EXPECT_EQ(candidates.near.front(), scale);
    std::vector<double> all = candidates.near;
    all.insert(all.end(), candidates.far.begin(), candidates.far.end());
    const auto proven = std::find_if(all.begin(), all.end(), [&](double candidate) {
      return proves(candidate, input, output, all_sums(sums));
    });
    ASSERT_NE(proven, all.end()) << sums << " sums a code";
    EXPECT_LT(*proven / scale, sums > 12 ? 1.3 : 3.1) << sums << " sums a code";
  }
}

TEST(PortableCandidates, AreTheNearestWholeNumbersOfSums) {
  const ScaleCandidates candidates = portable_candidates(1 / 301.3, 0, 1, 1);
  ASSERT_GE(candidates.near.size(), 3);
  EXPECT_DOUBLE_EQ(candidates.near[1], 1.0 / 302);
  EXPECT_DOUBLE_EQ(candidates.near[2], 1.0 / 300);
  EXPECT_DOUBLE_EQ(portable_candidates(1 / 64.1, 0, 1, 1).near[1], 1.0 / 62) << "no power of two";
  EXPECT_DOUBLE_EQ(portable_candidates(1 / 3.1, 0, 1, 1).near[1], 1.0 / 2) << "but for two";
}

// Too many sums to a code for floats, or too large for the accumulator: larger scales remain.
TEST(PortableCandidates, GoUpToWhereSumsAreFew) {
  const CodeGrid output{0.5f, 3};
  for (const double sums : {1e5, 1e8}) {
    const ScaleCandidates candidates = portable_candidates(1 / sums, 0, 0.5f, output.scale);
    EXPECT_TRUE(std::any_of(candidates.far.begin(), candidates.far.end(),
                            [&](double candidate) { return proves(candidate, 0.5f, output, all_sums(1e4)); }))
        << sums << " sums a code";
  }
}

TEST(PortableCandidates, AreNoneBelowTheLeast) {
  for (const double scale : {1e-6, 0.01, 0.3, 2.0}) {
    const ScaleCandidates candidates = portable_candidates(scale, 0.021, 1, 1);
    for (const double near : candidates.near) EXPECT_GE(near, 0.021 * (1 - 1e-9));
    for (const double far : candidates.far) EXPECT_GE(far, 0.021 * (1 - 1e-9));
  }
}

}  // namespace
}  // namespace nudge::convert
