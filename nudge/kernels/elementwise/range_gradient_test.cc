#include "nudge/kernels/elementwise/range_gradient.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nudge/base/random.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/target_test.h"
#include "nudge/kernels/elementwise/codes_test.h"
#include "nudge/kernels/elementwise/fake_quant.h"

namespace nudge::kernels {
namespace {

// The loss sum of dy y as a function of the range's limits, straight-through: of a value inside, the distance
// to its code stays what it is, in steps.  `steps[i]` is that distance.
double loss_of(const Floats& x, const Floats& dy, const std::vector<double>& steps, double min, double max,
               int codes) {
  const double step = (max - min) / codes;
  double loss = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double place = (static_cast<double>(x[i]) - min) / step;
    const bool inside = place >= 0 && place <= codes;
    const double y =
        min + step * (std::clamp(place, 0.0, static_cast<double>(codes)) + (inside ? steps[i] : 0));
    loss += static_cast<double>(dy[i]) * y;
  }
  return loss;
}

RangeGradient slopes_of(const Floats& x, const Floats& dy, const Grid& grid) {
  Floats y(x.size());
  fake_quantize(x.data(), static_cast<int64_t>(x.size()), grid, y.data());
  std::vector<double> steps;
  for (size_t i = 0; i < x.size(); ++i) {
    steps.push_back((static_cast<double>(y[i]) - static_cast<double>(x[i])) /
                    static_cast<double>(grid.scale));
  }
  const double min = grid.nudged_min, max = grid.nudged_max, h = 1e-7 * (max - min);
  const int codes = grid.qmax - grid.qmin;
  const auto slope = [&](double of_min, double of_max) {
    return (loss_of(x, dy, steps, min + of_min * h, max + of_max * h, codes) -
            loss_of(x, dy, steps, min - of_min * h, max - of_max * h, codes)) /
           (2 * h);
  };
  return {slope(1, 0), slope(0, 1)};
}

// Of values that lie apart from the limits, where the loss has no slope.
Floats values_for(const Grid& grid, size_t n, Random& random) {
  Floats x;
  const double width = grid.nudged_max - grid.nudged_min;
  while (x.size() < n) {
    const double value = random.uniform(grid.nudged_min - 0.3 * width, grid.nudged_max + 0.3 * width);
    const double from_limit = std::min(std::abs(value - grid.nudged_min), std::abs(value - grid.nudged_max));
    if (from_limit > 1e-4 * width) x.push_back(static_cast<float>(value));
  }
  return x;
}

class RangeGradientOf : public TargetTest {};

TEST_P(RangeGradientOf, ValuesIsTheSlopeOfTheLoss) {
  for (uint64_t seed = 41; seed < 61; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const int bits = 2 + static_cast<int>(random.below(7));
    const Grid grid = nudge_range(static_cast<float>(random.uniform(-3, 0)),
                                  static_cast<float>(random.uniform(0.1, 4)), bits, random.below(2) == 0);
    const size_t n = 1 + random.below(seed % 4 == 0 ? 40000 : 300);
    const Floats x = values_for(grid, n, random), dy = normals(n, seed);
    const RangeGradient expected = slopes_of(x, dy, grid);
    const RangeGradient given = range_gradient(x.data(), dy.data(), static_cast<int64_t>(n), grid);
    const double tolerance = 1e-5 * std::sqrt(static_cast<double>(n)) + 1e-5;
    EXPECT_NEAR(given.min, expected.min, tolerance);
    EXPECT_NEAR(given.max, expected.max, tolerance);
  }
}

TEST_P(RangeGradientOf, ASumIsThatOfItsValues) {
  constexpr size_t kCount = 40007;
  const auto n = static_cast<int64_t>(kCount);
  const Grid grid_a = nudge_range(-2.0f, 1.5f), grid_b = nudge_range(-1.0f, 3.0f),
             grid = nudge_range(-1.0f, 2.0f);
  const Codes a = codes_of(normals(kCount, 1), grid_a), b = codes_of(normals(kCount, 2), grid_b);
  const Floats dy = normals(kCount, 3);
  Floats sum(kCount);
  for (size_t i = 0; i < sum.size(); ++i) {
    sum[i] = static_cast<float>(a[i] - grid_a.zero_point) * grid_a.scale +
             static_cast<float>(b[i] - grid_b.zero_point) * grid_b.scale;
  }
  const Operand left{.codes = a.data(), .grid = grid_a}, right{.codes = b.data(), .grid = grid_b};
  const RangeGradient given = range_gradient(left, right, dy.data(), n, {}, grid);
  const RangeGradient expected = range_gradient(sum.data(), dy.data(), n, grid);
  EXPECT_EQ(given.min, expected.min);
  EXPECT_EQ(given.max, expected.max);
  EXPECT_NE(given.max, 0.0);

  for (float& value : sum) value = std::clamp(value, 0.0f, 1.5f);
  const RangeGradient behind_relu =
      range_gradient(left, right, dy.data(), n, {.relu = true, .max_value = 1.5f}, grid);
  EXPECT_EQ(behind_relu.max, range_gradient(sum.data(), dy.data(), n, grid).max);

  std::vector<Bfloat16> rounded(dy.size());
  round_to_bfloat16(dy.data(), n, rounded.data());
  EXPECT_NEAR(range_gradient(left, right, rounded.data(), n, {}, grid).max, expected.max,
              0.01 * std::sqrt(static_cast<double>(n)));
}

TEST_P(RangeGradientOf, AJoinedTensorIsThatOfItsValues) {
  constexpr int64_t kRows = 300, kWidth = 77, kPitch = 100, kOffset = 20;
  const Grid from = nudge_range(-2.0f, 1.5f), grid = nudge_range(-1.0f, 2.0f);
  const Codes codes = codes_of(normals(kRows * kWidth, 1), from);
  const Floats dy = normals(kRows * kPitch, 2);
  Floats x(codes.size()), own(codes.size());
  dequantize(codes.data(), kRows * kWidth, from, x.data());
  for (int64_t row = 0; row < kRows; ++row) {
    std::copy_n(dy.begin() + row * kPitch + kOffset, kWidth, own.begin() + row * kWidth);
  }
  const Runs runs{.rows = kRows, .width = kWidth, .pitch = kPitch};
  const Operand joined{.codes = codes.data(), .grid = from};
  const RangeGradient given = range_gradient(joined, runs, dy.data() + kOffset, grid);
  const RangeGradient expected = range_gradient(x.data(), own.data(), kRows * kWidth, grid);
  EXPECT_NEAR(given.min, expected.min, 1e-3);
  EXPECT_NEAR(given.max, expected.max, 1e-3);
  const RangeGradient same = range_gradient(joined, runs, dy.data() + kOffset, from);
  EXPECT_EQ(same.min, 0.0);
  EXPECT_EQ(same.max, 0.0);
}

TEST_P(RangeGradientOf, NoWidthIsNone) {
  const Floats x{1.0f, -1.0f}, dy{2.0f, 3.0f};
  const RangeGradient given = range_gradient(x.data(), dy.data(), 2, nudge_range(0.0f, 0.0f));
  EXPECT_EQ(given.min, 0.0);
  EXPECT_EQ(given.max, 0.0);
}

TEST_P(RangeGradientOf, AnyThreadCountGivesTheSameBits) {
  constexpr size_t kCount = 70001;
  const auto n = static_cast<int64_t>(kCount);
  const Floats x = normals(kCount, 5), dy = normals(kCount, 6);
  const Grid grid = nudge_range(-1.0f, 1.0f);
  const int threads = thread_count();
  set_thread_count(1);
  const RangeGradient one = range_gradient(x.data(), dy.data(), n, grid);
  set_thread_count(3);
  const RangeGradient three = range_gradient(x.data(), dy.data(), n, grid);
  set_thread_count(threads);
  EXPECT_EQ(one.min, three.min);
  EXPECT_EQ(one.max, three.max);
}

NUDGE_EACH_TARGET(RangeGradientOf);

}  // namespace
}  // namespace nudge::kernels
