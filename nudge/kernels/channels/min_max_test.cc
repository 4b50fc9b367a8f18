#include "nudge/kernels/channels/min_max.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nudge/base/random.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/target_test.h"

namespace nudge::kernels {
namespace {

class RangeOf : public TargetTest {};

TEST_P(RangeOf, FindsTheExtremesAnywhere) {
  Random random(3);
  for (int64_t n : {1, 2, 63, 64, 65, 1000, 100003}) {
    std::vector<float> x(static_cast<size_t>(n));
    for (float& v : x) v = static_cast<float>(random.uniform(-1, 1));
    x[random.below(x.size())] = 7.0f;
    const auto [low, high] = std::minmax_element(x.begin(), x.end());
    EXPECT_EQ(min_max_of(x.data(), n), (MinMax{*low, *high})) << n << " seed 3";
    x[random.below(x.size())] = NAN;
    EXPECT_TRUE(std::isnan(min_max_of(x.data(), n).min)) << n;
    EXPECT_TRUE(std::isnan(min_max_of(x.data(), n).max)) << n;
  }
}

TEST_P(RangeOf, FindsThemInEveryChannel) {
  Random random(4);
  for (int64_t channels : {1, 3, 8, 19}) {
    const int64_t rows = 5000;
    std::vector<float> x(static_cast<size_t>(rows * channels));
    for (float& v : x) v = static_cast<float>(random.normal());
    x[static_cast<size_t>(channels - 1)] = NAN;
    const std::vector<MinMax> ranges = channel_min_max(x.data(), rows, channels);
    ASSERT_EQ(static_cast<int64_t>(ranges.size()), channels);
    EXPECT_TRUE(std::isnan(ranges.back().min));
    for (int64_t c = 0; c + 1 < channels; ++c) {
      MinMax expected{INFINITY, -INFINITY};
      for (int64_t r = 0; r < rows; ++r) {
        expected.min = std::min(expected.min, x[static_cast<size_t>(r * channels + c)]);
        expected.max = std::max(expected.max, x[static_cast<size_t>(r * channels + c)]);
      }
      EXPECT_EQ(ranges[static_cast<size_t>(c)], expected) << "channel " << c << " seed 4";
    }
  }
}

NUDGE_EACH_TARGET(RangeOf);

TEST(RangeOfNothing, IsEmpty) {
  const MinMax range = min_max_of(nullptr, 0);
  EXPECT_GT(range.min, range.max);
}

}  // namespace
}  // namespace nudge::kernels
