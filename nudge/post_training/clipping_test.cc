#include "nudge/post_training/clipping.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/kernels/elementwise/fake_quant.h"

namespace nudge::post_training {
namespace {

// Activations as networks have them: normal ones, half of them cut off at 0 where `relu`, and a few far out.
std::vector<float> activations(uint64_t seed, bool relu, double outliers) {
  Random random(seed);
  std::vector<float> values(20000);
  for (float& value : values) {
    value = static_cast<float>(random.normal() * (random.uniform() < 0.001 ? outliers : 1.0) + 0.2);
    if (relu) value = std::max(value, 0.0F);
  }
  return values;
}

ValueHistogram histogram_of(const std::vector<float>& values) {
  ValueHistogram histogram;
  histogram.add(values);
  return histogram;
}

double squared_error(const std::vector<float>& values, const Limits& limits) {
  const kernels::Grid grid = kernels::nudge_range(limits.min, limits.max);
  std::vector<float> rounded(values.size());
  kernels::fake_quantize(values.data(), static_cast<int64_t>(values.size()), grid, rounded.data());
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) sum += std::pow(double{values[i]} - double{rounded[i]}, 2);
  return sum;
}

TEST(ClipAtPercentile, LeavesOutWhatItSays) {
  for (const uint64_t seed : {1, 2, 3}) {
    for (const double percentile : {99.0, 99.9}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", " << percentile);
      const std::vector<float> values = activations(seed, false, 20);
      const ValueHistogram histogram = histogram_of(values);
      const Limits limits = clip_at_percentile(histogram, percentile);
      const double allowed = static_cast<double>(values.size()) * (100 - percentile) / 100;
      const auto above = std::count_if(values.begin(), values.end(), [&](float v) { return v > limits.max; });
      const auto below = std::count_if(values.begin(), values.end(), [&](float v) { return v < limits.min; });
      EXPECT_LE(static_cast<double>(above), allowed);
      EXPECT_LE(static_cast<double>(below), allowed);
      // A bin further in would leave out more than that.
      const auto bin = static_cast<float>(histogram.lower_edge(1) - histogram.lower_edge(0));
      EXPECT_GT(std::count_if(values.begin(), values.end(), [&](float v) { return v >= limits.max - bin; }),
                allowed);
      EXPECT_GT(std::count_if(values.begin(), values.end(), [&](float v) { return v <= limits.min + bin; }),
                allowed);
    }
  }
}

TEST(ClipAtPercentile, OfAllOrOfOneSign) {
  const std::vector<float> values = activations(4, true, 20);
  const ValueHistogram histogram = histogram_of(values);
  const Limits all = clip_at_percentile(histogram, 100);
  EXPECT_EQ(all.min, 0);
  EXPECT_EQ(all.max, histogram.max());
  EXPECT_LT(clip_at_percentile(histogram, 99.9).max, all.max);
  EXPECT_EQ(clip_at_percentile(histogram, 99.9).min, 0);
  for (const double wrong : {50.0, 100.5, std::nan("")}) {
    EXPECT_THROW(clip_at_percentile(histogram, wrong), ValueError) << wrong;
  }
}

TEST(ClipBySquaredError, NoOtherLimitsAreBetterByMuch) {
  for (const uint64_t seed : {1, 2, 3}) {
    for (const bool relu : {false, true}) {
      for (const double outliers : {1.0, 10.0, 60.0}) {
        SCOPED_TRACE(testing::Message() << "seed " << seed << ", relu " << relu << ", outliers " << outliers);
        const std::vector<float> values = activations(seed, relu, outliers);
        const ValueHistogram histogram = histogram_of(values);
        const double chosen = squared_error(values, clip_by_squared_error(histogram, 8));
        double least = squared_error(values, {histogram.min(), histogram.max()});
        EXPECT_LE(chosen, least * 1.01);
        for (int low = 1; low <= 10; ++low) {
          for (int high = 1; high <= 10; ++high) {
            const Limits limits{histogram.min() * static_cast<float>(low) / 10,
                                histogram.max() * static_cast<float>(high) / 10};
            least = std::min(least, squared_error(values, limits));
          }
        }
        EXPECT_LE(chosen, least * 1.05);
      }
    }
  }
}

TEST(ClipByEntropy, LeavesOutFarValuesAndNothingOfAnEvenSpread) {
  const ValueHistogram outliers = histogram_of(activations(5, true, 60));
  const Limits clipped = clip_by_entropy(outliers, 8);
  EXPECT_LT(clipped.max, outliers.max() / 2);
  EXPECT_GT(clipped.max, 2.5F) << "of a standard deviation of 1";
  EXPECT_EQ(clipped.min, 0);

  Random random(6);
  std::vector<float> even(20000);
  for (float& value : even) value = static_cast<float>(random.uniform(-1, 1));
  const Limits all = clip_by_entropy(histogram_of(even), 8);
  EXPECT_LT(all.min, -0.95F);
  EXPECT_GT(all.max, 0.95F);
}

TEST(Clipping, OfZerosIsNothing) {
  const ValueHistogram zeros = histogram_of(std::vector<float>(10));
  for (const Limits& limits :
       {clip_at_percentile(zeros, 99), clip_by_squared_error(zeros, 8), clip_by_entropy(zeros, 8)}) {
    EXPECT_EQ(limits.min, 0);
    EXPECT_EQ(limits.max, 0);
  }
}

}  // namespace
}  // namespace nudge::post_training
