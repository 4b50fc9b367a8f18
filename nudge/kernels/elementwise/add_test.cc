#include "nudge/kernels/elementwise/add.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nudge/kernels/cpu/target_test.h"
#include "nudge/kernels/elementwise/codes_test.h"

namespace nudge::kernels {
namespace {

class Add : public TargetTest {};

TEST_P(Add, GivesTheSumOnTheOutputGrid) {
  constexpr int64_t kCount = 40007;
  const Grid grid_a = nudge_range(-2.0f, 1.5f), grid_b = nudge_range(-1.0f, 3.0f);
  const Floats raw_a = normals(kCount, 1), raw_b = normals(kCount, 2), dy = normals(kCount, 3);
  const Codes a = codes_of(raw_a, grid_a), b = codes_of(raw_b, grid_b);
  Floats sum(kCount);
  for (size_t i = 0; i < sum.size(); ++i) {
    sum[i] = static_cast<float>(a[i] - grid_a.zero_point) * grid_a.scale +
             static_cast<float>(b[i] - grid_b.zero_point) * grid_b.scale;
  }
  const Operand left{.codes = a.data(), .grid = grid_a}, right{.codes = b.data(), .grid = grid_b};
  for (const AddActivation& options :
       {AddActivation{}, AddActivation{.relu = true}, AddActivation{.relu = true, .max_value = 1.5f}}) {
    Floats expected = sum;
    const float most = options.max_value > 0 ? options.max_value : 1e9f;
    if (options.relu) {
      for (float& v : expected) v = std::clamp(v, 0.0f, most);
    }
    const auto [low, high] = std::minmax_element(expected.begin(), expected.end());
    EXPECT_EQ(add_range(left, right, kCount, options), (MinMax{*low, *high}));
    Floats values(kCount), dx(kCount);
    add(left, right, kCount, options, values.data());
    EXPECT_EQ(values, expected);
    const Grid grid = nudge_range(-1.0f, 1.0f);
    Codes codes(kCount);
    add(left, right, kCount, options, grid, codes.data());
    EXPECT_EQ(codes, codes_of(expected, grid));
    add_gradient(left, right, dy.data(), kCount, options, &grid, dx.data());
    for (size_t i = 0; i < dx.size(); ++i) {
      const bool pass = sum[i] >= grid.nudged_min && sum[i] <= grid.nudged_max &&
                        (!options.relu || (sum[i] > 0.0f && sum[i] < most));
      ASSERT_EQ(dx[i], pass ? dy[i] : 0.0f) << i;
    }
  }
}

TEST_P(Add, OfFloatsKeepsNan) {
  Floats a(20, 1.0f), b(20, 2.0f), y(20);
  a[3] = std::numeric_limits<float>::quiet_NaN();
  add({.values = a.data()}, {.values = b.data()}, 20, {.relu = true}, y.data());
  EXPECT_TRUE(std::isnan(y[3]));
  EXPECT_EQ(y[4], 3.0f);
  EXPECT_TRUE(std::isnan(add_range({.values = a.data()}, {.values = b.data()}, 20).max));
}

TEST_P(Add, OnAGridOfNoWidthGivesZeros) {
  const Floats a(9, 1.0f);
  const Grid nothing = nudge_range(0.0f, 0.0f);
  Codes codes(9, 7);
  Floats dx(9);
  add({.values = a.data()}, {.values = a.data()}, 9, {}, nothing, codes.data());
  add_gradient({.values = a.data()}, {.values = a.data()}, a.data(), 9, {}, &nothing, dx.data());
  EXPECT_EQ(codes, Codes(9, 0));
  EXPECT_EQ(dx, a);
}

NUDGE_EACH_TARGET(Add);

}  // namespace
}  // namespace nudge::kernels
