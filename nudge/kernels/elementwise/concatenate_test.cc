#include "nudge/kernels/elementwise/concatenate.h"

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

class Concatenate : public TargetTest {
 protected:
  ~Concatenate() override { set_thread_count(threads_); }

 private:
  int threads_ = thread_count();
};

struct Tensor {
  Floats values;  // what it stands for
  Codes codes;    // empty: it is floats
  Grid grid;

  Operand operand() const {
    if (codes.empty()) return {.values = values.data()};
    return {.codes = codes.data(), .grid = grid};
  }
};

Tensor tensor_of(int64_t n, bool coded, const Grid& grid, uint64_t seed) {
  Tensor tensor{.values = normals(static_cast<size_t>(n), seed), .grid = grid};
  if (!coded) return tensor;
  tensor.codes = codes_of(tensor.values, grid);
  dequantize(tensor.codes.data(), n, grid, tensor.values.data());
  return tensor;
}

// Random shapes against the plain way: values joined one by one, then quantized.
TEST_P(Concatenate, JoinsAndPutsOnTheGrid) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    set_thread_count(std::vector<int>{1, 2, 3, 5, 8}[random.below(5)]);
    const int64_t rows = 1 + static_cast<int64_t>(random.below(seed % 10 == 0 ? 3000 : 90));
    const Grid grid = nudge_range(-1.0f, 1.25f);
    std::vector<Tensor> tensors;
    std::vector<Runs> runs;
    int64_t pitch = 0;
    for (uint64_t i = 0; i < 1 + random.below(4); ++i) {
      const int64_t width = 1 + static_cast<int64_t>(random.below(70));
      const Grid own = random.below(3) == 0 ? grid : nudge_range(-2.0f, 0.5f + static_cast<float>(i));
      tensors.push_back(tensor_of(rows * width, random.below(3) != 0, own, seed * 10 + i));
      runs.push_back({.rows = rows, .width = width});
      pitch += width;
    }
    for (Runs& run : runs) run.pitch = pitch;
    const auto size = static_cast<size_t>(rows * pitch);
    Floats joined(size), values(size);
    Codes codes(size);
    const Floats dy = normals(size, seed + 1000);
    int64_t offset = 0;
    for (size_t t = 0; t < tensors.size(); ++t) {
      const Tensor& tensor = tensors[t];
      const int64_t width = runs[t].width;
      Floats dx(tensor.values.size()), expected_dx(dx.size()), plain_dx(dx.size());
      for (int64_t row = 0; row < rows; ++row) {
        for (int64_t i = 0; i < width; ++i) {
          const auto from = static_cast<size_t>(row * width + i),
                     to = static_cast<size_t>(row * pitch + offset + i);
          joined[to] = tensor.values[from];
          const bool inside = joined[to] >= grid.nudged_min && joined[to] <= grid.nudged_max;
          plain_dx[from] = dy[to];
          expected_dx[from] = inside ? dy[to] : 0.0f;
        }
      }
      place_runs(tensor.operand(), runs[t], values.data() + offset);
      place_runs(tensor.operand(), runs[t], grid, codes.data() + offset);
      take_gradient(tensor.operand(), runs[t], dy.data() + offset, &grid, dx.data());
      EXPECT_EQ(dx, expected_dx);
      take_gradient(tensor.operand(), runs[t], dy.data() + offset, nullptr, dx.data());
      EXPECT_EQ(dx, plain_dx);
      const auto [low, high] = std::minmax_element(tensor.values.begin(), tensor.values.end());
      EXPECT_EQ(range_of(tensor.operand(), runs[t].count()), (MinMax{*low, *high}));
      offset += width;
    }
    EXPECT_EQ(values, joined);
    EXPECT_EQ(codes, codes_of(joined, grid));
  }
}

TEST_P(Concatenate, InBfloat16) {
  constexpr int64_t kRows = 30, kWidth = 21, kPitch = 34;
  const Floats x = normals(kRows * kWidth, 3), dy = normals(kRows * kPitch, 4);
  std::vector<Bfloat16> halves(x.size()), joined(dy.size()), from(dy.size()), dx(x.size());
  round_to_bfloat16(x.data(), kRows * kWidth, halves.data());
  round_to_bfloat16(dy.data(), kRows * kPitch, from.data());
  const Runs runs{.rows = kRows, .width = kWidth, .pitch = kPitch};
  const Operand operand{.values = ConstReals(halves.data())};
  place_runs(operand, runs, joined.data());
  take_gradient(operand, runs, ConstReals(from.data()), nullptr, dx.data());
  float low = x[0], high = x[0];
  for (size_t row = 0; row < kRows; ++row) {
    for (size_t i = 0; i < kWidth; ++i) {
      EXPECT_EQ(joined[row * kPitch + i].bits, halves[row * kWidth + i].bits);
      EXPECT_EQ(dx[row * kWidth + i].bits, from[row * kPitch + i].bits);
      low = std::min(low, to_float(halves[row * kWidth + i]));
      high = std::max(high, to_float(halves[row * kWidth + i]));
    }
  }
  EXPECT_EQ(range_of(operand, kRows * kWidth), (MinMax{low, high}));
  halves[100] = to_bfloat16(std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(std::isnan(range_of(operand, kRows * kWidth).max));
}

TEST_P(Concatenate, OnAGridOfNoWidthGivesZeros) {
  const Floats x(6, 1.0f);
  const Grid nothing = nudge_range(0.0f, 0.0f);
  const Runs runs{.rows = 2, .width = 3, .pitch = 4};
  Codes codes(8, 7);
  Floats dx(6);
  place_runs({.values = x.data()}, runs, nothing, codes.data());
  EXPECT_EQ(codes, (Codes{0, 0, 0, 7, 0, 0, 0, 7}));
  take_gradient({.values = x.data()}, runs, Floats(8, 2.0f).data(), &nothing, dx.data());
  EXPECT_EQ(dx, Floats(6, 2.0f));
}

NUDGE_EACH_TARGET(Concatenate);

}  // namespace
}  // namespace nudge::kernels
