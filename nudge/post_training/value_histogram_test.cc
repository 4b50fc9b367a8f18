#include "nudge/post_training/value_histogram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "nudge/base/error.h"
#include "nudge/base/random.h"

namespace nudge::post_training {
namespace {

std::vector<float> normal_values(uint64_t seed, size_t count, double scale) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(scale * random.normal());
  return values;
}

TEST(ValueHistogram, CountsEachValueInItsBin) {
  for (const uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    ValueHistogram histogram;
    std::vector<float> all;
    // Each batch is wider than the last, so that bins are joined several times.
    for (const double scale : {0.001, 0.1, 3.0, 1000.0}) {
      const std::vector<float> batch = normal_values(seed, 500, scale);
      histogram.add(batch);
      all.insert(all.end(), batch.begin(), batch.end());
    }
    histogram.add(std::vector<float>{0.0F, 0.0F, -0.0F});
    EXPECT_EQ(histogram.zeros(), 3);
    EXPECT_EQ(histogram.count(), static_cast<int64_t>(all.size()) + 3);
    EXPECT_EQ(histogram.min(), *std::min_element(all.begin(), all.end()));
    EXPECT_EQ(histogram.max(), *std::max_element(all.begin(), all.end()));
    ASSERT_GT(histogram.bins().size(), 1000U);
    ASSERT_LE(histogram.bins().size(), 4096U);
    for (size_t i = 0; i < histogram.bins().size(); ++i) {
      const auto at = static_cast<int64_t>(i);
      const auto within = [&](float value) {
        return double{value} >= histogram.lower_edge(at) && double{value} < histogram.lower_edge(at + 1);
      };
      ASSERT_EQ(histogram.bins()[i], std::count_if(all.begin(), all.end(), within)) << "bin " << i;
    }
  }
}

TEST(ValueHistogram, DoesNotDependOnTheOrderOfBatches) {
  const std::vector<float> narrow = normal_values(4, 300, 0.01), wide = normal_values(5, 300, 50);
  ValueHistogram one, other;
  one.add(narrow);
  one.add(wide);
  other.add(wide);
  other.add(narrow);
  EXPECT_EQ(one.bins(), other.bins());
  EXPECT_EQ(one.lower_edge(0), other.lower_edge(0));
  EXPECT_EQ(one.lower_edge(1), other.lower_edge(1));
}

TEST(ValueHistogram, OfNothingAndOfZeros) {
  ValueHistogram histogram;
  histogram.add({});
  histogram.add(std::vector<float>(7));
  EXPECT_EQ(histogram.count(), 7);
  EXPECT_TRUE(histogram.bins().empty());
  EXPECT_EQ(histogram.min(), 0);
  EXPECT_EQ(histogram.max(), 0);
}

TEST(ValueHistogram, RefusesWhatIsNotFinite) {
  ValueHistogram histogram;
  EXPECT_THROW(histogram.add(std::vector<float>{1, std::numeric_limits<float>::quiet_NaN()}), NumericError);
  EXPECT_THROW(histogram.add(std::vector<float>{-std::numeric_limits<float>::infinity()}), NumericError);
  histogram.add(std::vector<float>{std::numeric_limits<float>::max(), -std::numeric_limits<float>::max()});
  EXPECT_EQ(histogram.count(), 2);
}

}  // namespace
}  // namespace nudge::post_training
