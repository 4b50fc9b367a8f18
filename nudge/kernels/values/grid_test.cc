#include "nudge/kernels/values/grid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "nudge/base/error.h"

namespace nudge::kernels {
namespace {

TEST(Grid, HoldsRealZero) {
  const Grid grid = nudge_range(-0.1f, 5.9f);
  EXPECT_FLOAT_EQ(grid.scale, 6.0f / 255.0f);
  EXPECT_EQ(grid.zero_point, 4);
  EXPECT_FLOAT_EQ(grid.nudged_min, -4 * grid.scale);
  EXPECT_FLOAT_EQ(grid.nudged_max, 251 * grid.scale);
}

TEST(Grid, NarrowSymmetricHasItsZeroInTheMiddle) {
  const Grid grid = symmetric_grid(1.27f);
  EXPECT_EQ(grid.qmin, 1);
  EXPECT_EQ(grid.qmax, 255);
  EXPECT_EQ(grid.zero_point, 128);
  EXPECT_FLOAT_EQ(grid.scale, 0.01f);
  EXPECT_EQ(grid.nudged_max, -grid.nudged_min);
}

TEST(Grid, ZeroPointIsPinnedWhenTheRangeLacksZero) {
  EXPECT_EQ(nudge_range(1.0f, 3.0f).zero_point, 0);
  EXPECT_EQ(nudge_range(1.0f, 3.0f).nudged_min, 0.0f);
  EXPECT_FLOAT_EQ(nudge_range(1.0f, 3.0f).nudged_max, 2.0f);
  EXPECT_EQ(nudge_range(-3.0f, -1.0f).zero_point, 255);
  EXPECT_FLOAT_EQ(nudge_range(-3.0f, -1.0f).nudged_min, -2.0f);
}

TEST(Grid, ZeroPointRoundsHalfUp) {
  // 255 steps of 1, zero at 0.5 and 1.5 steps.
  EXPECT_EQ(nudge_range(-0.5f, 254.5f).zero_point, 1);
  EXPECT_EQ(nudge_range(-1.5f, 253.5f).zero_point, 2);
}

TEST(Grid, RefusesWhatIsNoRange) {
  EXPECT_THROW(nudge_range(0.0f, 1.0f, 1), ValueError);
  EXPECT_THROW(nudge_range(0.0f, 1.0f, 17), ValueError);
  EXPECT_THROW(nudge_range(1.0f, 0.0f), ValueError);
  EXPECT_THROW(nudge_range(NAN, 1.0f), NumericError);
  EXPECT_THROW(nudge_range(0.0f, INFINITY), NumericError);
  EXPECT_THROW(nudge_range(std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max()),
               NumericError);
}

}  // namespace
}  // namespace nudge::kernels
