#include "nudge/base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace nudge {
namespace {

using testing::Ne;

constexpr uint64_t kSeed = 20240607;
constexpr int kDraws = 40'000;

// The mean and the deviation of many draws.
template <typename Draw>
std::pair<double, double> moments(Draw&& draw) {
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = draw();
    sum += value;
    squares += value * value;
  }
  const double mean = sum / kDraws;
  return {mean, std::sqrt(squares / kDraws - mean * mean)};
}

TEST(Random, IsSplitmix64) {
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
  EXPECT_EQ(random.next(), 9817491932198370423u);
}

TEST(Random, BelowCoversItsRangeEvenly) {
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  std::array<int, 7> counts{};
  for (int i = 0; i < kDraws; ++i) ++counts.at(random.below(counts.size()));
  for (const int count : counts) EXPECT_NEAR(count, kDraws / 7.0, 350);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0u);
  const uint64_t large = uint64_t{1} << 63;
  for (int i = 0; i < 100; ++i) EXPECT_LT(random.below(large), large);
}

TEST(Random, UniformStaysInsideAndIsEven) {
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  const auto [mean, deviation] = moments([&] {
    const double value = random.uniform(-2, 4);
    EXPECT_GE(value, -2);
    EXPECT_LT(value, 4);
    return value;
  });
  EXPECT_NEAR(mean, 1, 0.03);
  EXPECT_NEAR(deviation, 6 / std::sqrt(12), 0.03);
}

TEST(Random, NormalHasItsMoments) {
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  const auto [mean, deviation] = moments([&] { return random.normal(); });
  EXPECT_NEAR(mean, 0, 0.02);
  EXPECT_NEAR(deviation, 1, 0.02);
}

TEST(Random, TruncatedNormalStaysWithinTwoDeviations) {
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  const auto [mean, deviation] = moments([&] {
    const double value = random.truncated_normal();
    EXPECT_LE(std::abs(value), 2);
    return value;
  });
  EXPECT_NEAR(mean, 0, 0.02);
  EXPECT_NEAR(deviation, 0.8796, 0.02);  // of a normal cut at two deviations
}

TEST(Random, ShuffleIsAPermutationThatFollowsTheSeed) {
  std::vector<int> values(8);
  std::iota(values.begin(), values.end(), 0);
  std::vector<int> shuffled = values;
  Random(kSeed).shuffle(shuffled);
  std::vector<int> again = values;
  Random(kSeed).shuffle(again);
  EXPECT_EQ(again, shuffled);
  EXPECT_NE(shuffled, values);
  std::vector<int> other = values;
  Random(kSeed + 1).shuffle(other);
  EXPECT_NE(other, shuffled);
  EXPECT_TRUE(std::is_permutation(shuffled.begin(), shuffled.end(), values.begin()));
}

TEST(Random, ShuffleReachesEveryPlaceEvenly) {
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  std::array<int, 4> places{};
  for (int i = 0; i < 8000; ++i) {
    std::vector<int> values{0, 1, 2, 3};
    random.shuffle(values);
    ++places.at(static_cast<size_t>(std::find(values.begin(), values.end(), 0) - values.begin()));
  }
  for (const int count : places) EXPECT_NEAR(count, 2000, 200);
}

TEST(Random, ForksAreStreamsOfTheirOwn) {
  const Random random(kSeed);
  Random first = random.fork(1), same = random.fork(1), second = random.fork(2);
  Random other_seed = Random(kSeed + 1).fork(1);
  EXPECT_EQ(random.state(), kSeed) << "forking draws nothing";
  const uint64_t value = first.next();
  EXPECT_EQ(same.next(), value);
  EXPECT_NE(second.next(), value);
  EXPECT_NE(other_seed.next(), value);
  EXPECT_NE(Random(kSeed).next(), value);
}

TEST(Random, NeighbouringForksAreNotCorrelated) {
  SCOPED_TRACE(kSeed);
  const Random random(kSeed);
  double product = 0;
  for (uint64_t i = 0; i < kDraws; ++i) {
    product += (random.fork(i).uniform() - 0.5) * (random.fork(i + 1).uniform() - 0.5);
  }
  EXPECT_NEAR(12 * product / kDraws, 0, 0.03);
}

// Splits of data sets and initial weights follow from these numbers: they must never change.
TEST(StableHash, IsWhatItWas) {
  EXPECT_EQ(stable_hash(""), 17665956581633026203u);
  EXPECT_EQ(stable_hash("roses/0017.jpg"), 15576569034428242561u);
  EXPECT_THAT(stable_hash("ab"), Ne(stable_hash("ba")));
}

}  // namespace
}  // namespace nudge
