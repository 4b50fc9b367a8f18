#include "nudge/kernels/elementwise/multiply.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/target_test.h"
#include "nudge/kernels/elementwise/codes_test.h"

namespace nudge::kernels {
namespace {

class Multiply : public TargetTest {
 protected:
  ~Multiply() override { set_thread_count(threads_); }

 private:
  int threads_ = thread_count();
};

// Random shapes, of codes and of floats, against the plain way.
TEST_P(Multiply, GivesTheProductOnTheOutputGrid) {
  const Grid grid_a = nudge_range(-2.0f, 1.5f), grid_b = nudge_range(-0.5f, 1.0f),
             grid = nudge_range(-0.7f, 0.6f);
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    set_thread_count(std::vector<int>{1, 2, 3, 5, 8}[random.below(5)]);
    const ProductShape shape{.groups = 1 + static_cast<int64_t>(random.below(6)),
                             .rows = 1 + static_cast<int64_t>(random.below(seed % 2 == 0 ? 700 : 3)),
                             .channels = 1 + static_cast<int64_t>(random.below(60))};
    const auto size = static_cast<size_t>(shape.groups * shape.rows * shape.channels),
               small = static_cast<size_t>(shape.groups * shape.channels);
    Floats a = normals(size, seed + 100), b = normals(small, seed + 200);
    const Floats dy = normals(size, seed + 300);
    const Codes codes_a = codes_of(a, grid_a), codes_b = codes_of(b, grid_b);
    Operand left{.values = a.data()}, right{.values = b.data()};
    if (random.below(2) == 0) {
      dequantize(codes_a.data(), static_cast<int64_t>(size), grid_a, a.data());
      left = {.codes = codes_a.data(), .grid = grid_a};
    }
    if (random.below(2) == 0) {
      dequantize(codes_b.data(), static_cast<int64_t>(small), grid_b, b.data());
      right = {.codes = codes_b.data(), .grid = grid_b};
    }
    Floats expected(size), expected_da(size), expected_db(small), plain_da(size);
    std::vector<double> sums(small), magnitudes(small);
    for (size_t i = 0; i < size; ++i) {
      const size_t c = static_cast<size_t>(shape.channels),
                   j = i / c / static_cast<size_t>(shape.rows) * c + i % c;
      expected[i] = a[i] * b[j];
      const bool inside = expected[i] >= grid.nudged_min && expected[i] <= grid.nudged_max;
      expected_da[i] = inside ? dy[i] * b[j] : 0.0f;
      plain_da[i] = dy[i] * b[j];
      if (inside) sums[j] += static_cast<double>(dy[i]) * static_cast<double>(a[i]);
      magnitudes[j] += std::abs(static_cast<double>(dy[i]) * static_cast<double>(a[i]));
    }
    Floats values(size), da(size), db(small, 7.0f);
    Codes codes(size);
    multiply(left, right, shape, values.data());
    EXPECT_EQ(values, expected);
    multiply(left, right, shape, grid, codes.data());
    EXPECT_EQ(codes, codes_of(expected, grid));
    const auto [low, high] = std::minmax_element(expected.begin(), expected.end());
    EXPECT_EQ(multiply_range(left, right, shape), (MinMax{*low, *high}));
    multiply_gradient(left, right, dy.data(), shape, &grid, da.data(), db.data());
    EXPECT_EQ(da, expected_da);
    for (size_t j = 0; j < small; ++j) {
      EXPECT_NEAR(static_cast<double>(db[j]), sums[j], 1e-5 * magnitudes[j] + 1e-6);
    }
    multiply_gradient(left, right, dy.data(), shape, nullptr, da.data(), nullptr);
    EXPECT_EQ(da, plain_da);
  }
}

TEST_P(Multiply, NanReachesTheRange) {
  Floats a(40, 1.0f), b(20, 2.0f);
  a[33] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(
      multiply_range({.values = a.data()}, {.values = b.data()}, {.groups = 1, .rows = 2, .channels = 20})
          .max));
}

TEST_P(Multiply, OnAGridOfNoWidthGivesZeros) {
  const Floats a(9, 1.0f), b(9, 2.0f);
  const Grid nothing = nudge_range(0.0f, 0.0f);
  const ProductShape shape{.groups = 3, .rows = 1, .channels = 3};
  Codes codes(9, 7);
  Floats da(9), db(9);
  multiply({.values = a.data()}, {.values = b.data()}, shape, nothing, codes.data());
  EXPECT_EQ(codes, Codes(9, 0));
  multiply_gradient({.values = a.data()}, {.values = b.data()}, a.data(), shape, &nothing, da.data(),
                    db.data());
  EXPECT_EQ(da, b);
  EXPECT_EQ(db, a);
}

NUDGE_EACH_TARGET(Multiply);

}  // namespace
}  // namespace nudge::kernels
