#include "nudge/convert/portable_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nudge/base/random.h"
#include "nudge/convert/portable_scale.h"

namespace nudge::convert {
namespace {

CodeGrid random_channel_grid(Random& random) {
  return {static_cast<float>(std::pow(10.0, random.uniform(-4, 0))),
          static_cast<int32_t>(random.below(256)) - 128};
}

std::vector<float> random_codes(Random& random, size_t count, double spread) {
  std::vector<float> codes(count);
  for (float& code : codes) {
    code = static_cast<float>(std::clamp(std::round(random.normal() * spread), -127.0, 127.0));
  }
  codes[random.below(count)] = random.below(2) == 0 ? 127.0f : -127.0f;
  return codes;
}

// No weight has moved further than rounding at the new scale takes it.
void assert_half_a_step(const IntegerChannel& channel, const std::vector<float>& codes, double scale) {
  const auto moved = static_cast<double>(channel.scale);
  for (size_t i = 0; i < codes.size(); ++i) {
    ASSERT_NEAR(channel.codes[i] * moved, static_cast<double>(codes[i]) * scale, 0.5001 * moved);
  }
}

double sums_a_code(double scale, const CodeGrid& input, const CodeGrid& output) {
  return static_cast<double>(output.scale) / (static_cast<double>(input.scale) * scale);
}

double largest_growth(double sums) {
  if (sums < 2) return 1 + 1e-6;
  if (sums < 6) return 6;
  if (sums < 12) return 2.1;
  return sums < 8000 ? 1.1 + 16 / sums : sums / 500;
}

// Every factor that a file can hold.
TEST(PortableChannel, IsProvenAndCutsNothing) {
  const uint64_t seed = 20261127;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 600; ++round) {
    const CodeGrid input = random_channel_grid(random), output = random_channel_grid(random);
    const std::vector<float> codes = random_codes(random, 10 + random.below(300), random.uniform(1, 60));
    const double sums = std::exp2(random.uniform(-8, 20));
    const double scale = static_cast<double>(output.scale) / (static_cast<double>(input.scale) * sums);
    const double offset = random.uniform(-250, 250) * static_cast<double>(output.scale);
    const IntegerChannel channel = portable_channel({codes, scale, offset, 0}, input, output);
    SCOPED_TRACE(std::to_string(sums) + " sums a code became " +
                 std::to_string(sums_a_code(static_cast<double>(channel.scale), input, output)));
    ASSERT_TRUE(channel.portable);
    ASSERT_NO_FATAL_FAILURE(assert_half_a_step(channel, codes, scale));
    const auto moved = static_cast<double>(channel.scale);
    const double unit = static_cast<double>(input.scale) * moved;
    EXPECT_NEAR(channel.bias * unit, offset, 0.5001 * unit + 1e-6 * std::abs(offset));
    const double growth = moved / scale;
    EXPECT_LT(growth, largest_growth(sums));
  }
}

// Weights that were never rounded are rounded once, at the new scale.
TEST(PortableChannel, RoundsExactWeightsOnce) {
  const uint64_t seed = 20261128;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 200; ++round) {
    const CodeGrid input = random_channel_grid(random), output = random_channel_grid(random);
    std::vector<float> codes(50);
    for (float& code : codes) code = static_cast<float>(random.uniform(-127, 127));
    const double sums = std::exp2(random.uniform(-4, 12));
    const double scale = static_cast<double>(output.scale) / (static_cast<double>(input.scale) * sums);
    const IntegerChannel channel = portable_channel({codes, scale, 0, 0}, input, output);
    ASSERT_TRUE(channel.portable);
    ASSERT_NO_FATAL_FAILURE(assert_half_a_step(channel, codes, scale));
  }
}

// Of a scale that fits the weights and one that does not, the first is taken.
TEST(PortableChannel, TakesTheScaleAtWhichTheWeightsMoveLeast) {
  const std::vector<float> codes{126, -84, 42, 0, 42};  // multiples of 42
  const double sums = 5.9;
  const IntegerChannel channel = portable_channel({codes, 1 / sums, 0, 0}, {1, 0}, {1, 0});
  ASSERT_TRUE(channel.portable);
  for (size_t i = 0; i < codes.size(); ++i) {
    EXPECT_NEAR(channel.codes[i] * static_cast<double>(channel.scale), codes[i] / sums,
                0.01 * codes[0] / sums);
  }
}

// Small weights leave room for a finer scale.
TEST(PortableChannel, UsesTheRoomThatTheWeightsLeave) {
  const IntegerChannel channel =
      portable_channel({std::vector<float>{20, 3, -7, 11}, 1 / 7.7, 0, 0}, {1, 0}, {1, 0});
  ASSERT_TRUE(channel.portable);
  EXPECT_LT(channel.scale, 1 / 7.7f);
}

TEST(PortableChannel, AChannelOfOneSizeHardlyMoves) {
  const uint64_t seed = 7;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 500; ++round) {
    const CodeGrid input = random_channel_grid(random), output = random_channel_grid(random);
    const auto code = static_cast<float>(1 + random.below(127));
    std::vector<float> codes(1 + random.below(49), code);
    if (random.below(2) == 0) codes[0] = -code;
    const double factor = std::exp2(random.uniform(-9, 6));  // of the weight, in codes
    const double scale = factor * static_cast<double>(output.scale) / static_cast<double>(input.scale) / code;
    const IntegerChannel channel = portable_channel({codes, scale, 0, 0}, input, output);
    ASSERT_TRUE(channel.portable);
    for (size_t i = 0; i < codes.size(); ++i) {
      EXPECT_NEAR(channel.codes[i] * static_cast<double>(channel.scale) / (codes[i] * scale), 1, 0.01)
          << "factor " << factor;
    }
  }
}

// The reference kernels would overflow with any scale.
TEST(PortableChannel, SaysWhatCannotBeProven) {
  const std::vector<float> codes(4000, 127);
  const IntegerChannel channel = portable_channel({codes, 100.3, 0, 0}, {1, 0}, {1, 0});
  EXPECT_FALSE(channel.portable);
  EXPECT_THAT(channel.codes, testing::ElementsAreArray(codes));
  EXPECT_EQ(channel.scale, 100.3f);
}

// Coarser weights, so that the sums fit 32 bits.
TEST(PortableChannel, SumsFitTheAccumulator) {
  const std::vector<float> codes(200'704, 127);
  const IntegerChannel channel = portable_channel({codes, 1e-5, 0, 0}, {1, -128}, {1, 0});
  ASSERT_TRUE(channel.portable);
  const int64_t most = int64_t{255} * channel.codes[0] * std::ssize(codes);
  EXPECT_LT(most, int64_t{1} << 31);
  EXPECT_NEAR(channel.codes[0] * static_cast<double>(channel.scale), 127e-5, 2e-5);
}

TEST(PortableChannel, AnOutputFarOutsideItsCodesStaysThere) {
  for (const double offset : {1e9, -1e9}) {
    const std::vector<float> codes{127, -30, 5};
    const IntegerChannel channel = portable_channel({codes, 50.5, offset, 0}, {1, 0}, {1, 0});
    ASSERT_TRUE(channel.portable);
    const double least_size = std::abs(channel.bias) - 20706;
    EXPECT_GT(least_size * static_cast<double>(channel.scale), 256);
    EXPECT_EQ(channel.bias > 0, offset > 0);
  }
}

TEST(RoundedChannel, KeepsTheCodesOfTrainingAtTrainingsScale) {
  const std::vector<float> codes{127, -3, 5, -128};
  const IntegerChannel channel = rounded_channel({codes, 0.25, 1.5, 0}, 0.25f, 0.5f);
  EXPECT_THAT(channel.codes, testing::ElementsAreArray(codes));
  EXPECT_EQ(channel.bias, 12);
}

}  // namespace
}  // namespace nudge::convert
