#include "nudge/kernels/elementwise/fake_quant.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/kernels/cpu/target_test.h"

namespace nudge::kernels {
namespace {

// TensorFlow's formula, operation by operation.
float reference(float x, const Grid& g) {
  if (std::isnan(x)) return x;
  if (g.degenerate()) return 0.0f;
  const volatile float inverse = 1.0f / g.scale;
  const float clamped = std::min(std::max(x, g.nudged_min), g.nudged_max);
  const volatile float zero_steps = -g.nudged_min * inverse;
  const float zero = std::floor(zero_steps + 0.5f);
  const volatile float steps = (clamped - g.nudged_min) * inverse;
  return std::floor(steps - zero + 0.5f) * g.scale;
}

struct Case {
  float min, max;
  int bits;
  bool narrow;
};

const Case kCases[] = {{-6.0f, 6.0f, 8, false},  {0.0f, 6.0f, 8, false},   {-1.0f, 1.0f, 8, true},
                       {-0.3f, 2.7f, 4, false},  {-0.1f, 0.9f, 2, true},   {1.0f, 3.0f, 8, false},
                       {-3.0f, -1.0f, 8, false}, {-1e-3f, 1e4f, 8, false}, {-1.5f, 0.7f, 16, false}};

std::vector<float> probes(const Grid& grid, uint64_t seed) {
  Random random(seed);
  std::vector<float> x = {0.0f,
                          -0.0f,
                          grid.nudged_min,
                          grid.nudged_max,
                          std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity(),
                          std::numeric_limits<float>::quiet_NaN()};
  for (float edge : {grid.nudged_min, grid.nudged_max}) {
    x.push_back(std::nextafter(edge, -1e30f));
    x.push_back(std::nextafter(edge, 1e30f));
  }
  for (int k = -300; k <= 300; ++k) x.push_back((static_cast<float>(k) + 0.5f) * grid.scale);
  const double width = grid.nudged_max - grid.nudged_min;
  for (int i = 0; i < 2000; ++i) {
    x.push_back(static_cast<float>(random.uniform(grid.nudged_min - width / 8, grid.nudged_max + width / 8)));
  }
  return x;
}

class FakeQuant : public TargetTest {};

TEST_P(FakeQuant, ValuesAreTensorFlowsBitForBit) {
  for (const Case& c : kCases) {
    const Grid grid = nudge_range(c.min, c.max, c.bits, c.narrow);
    const std::vector<float> x = probes(grid, 7);
    std::vector<float> y(x.size());
    fake_quantize(x.data(), static_cast<int64_t>(x.size()), grid, y.data());
    for (size_t i = 0; i < x.size(); ++i) {
      const float expected = reference(x[i], grid);
      if (std::isnan(expected)) {
        EXPECT_TRUE(std::isnan(y[i]));
      } else {
        EXPECT_EQ(std::bit_cast<uint32_t>(y[i]), std::bit_cast<uint32_t>(expected))
            << "x " << x[i] << " range " << c.min << " " << c.max << " seed 7";
      }
    }
  }
}

TEST_P(FakeQuant, CodesStandForTheValues) {
  for (const Case& c : kCases) {
    if (c.bits > 8) continue;
    const Grid grid = nudge_range(c.min, c.max, c.bits, c.narrow);
    std::vector<float> x = probes(grid, 8);
    std::erase_if(x, [](float v) { return std::isnan(v); });
    const int64_t n = static_cast<int64_t>(x.size());
    std::vector<uint8_t> codes(x.size());
    std::vector<int8_t> signed_codes(x.size());
    std::vector<float> back(x.size());
    quantize(x.data(), n, grid, codes.data());
    quantize(x.data(), n, grid, signed_codes.data());
    dequantize(codes.data(), n, grid, back.data());
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(back[i], reference(x[i], grid)) << "x " << x[i] << " seed 8";
      EXPECT_EQ(signed_codes[i], codes[i] - 128);
      EXPECT_GE(codes[i], grid.qmin);
      EXPECT_LE(codes[i], grid.qmax);
    }
  }
}

TEST_P(FakeQuant, GradientPassesInsideTheNudgedRangeInclusive) {
  for (const Case& c : kCases) {
    const Grid grid = nudge_range(c.min, c.max, c.bits, c.narrow);
    const std::vector<float> x = probes(grid, 9);
    const std::vector<float> dy(x.size(), 3.0f);
    std::vector<float> dx(x.size());
    fake_quantize_gradient(x.data(), dy.data(), static_cast<int64_t>(x.size()), grid, dx.data());
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(dx[i], x[i] >= grid.nudged_min && x[i] <= grid.nudged_max ? 3.0f : 0.0f) << x[i];
    }
  }
}

TEST_P(FakeQuant, RangeOfNoWidthGivesZeroAndPassesTheGradient) {
  const std::vector<float> x = {-1.0f, 0.0f, 2.0f}, dy = {1.0f, 2.0f, 3.0f};
  for (const Grid& grid : {nudge_range(0.0f, 0.0f), nudge_range(-1e-44f, 1e-44f), symmetric_grid(0.0f)}) {
    ASSERT_TRUE(grid.degenerate());
    std::vector<float> y(3, 9.0f), dx(3);
    std::vector<int8_t> codes(3, 9);
    fake_quantize(x.data(), 3, grid, y.data());
    fake_quantize_gradient(x.data(), dy.data(), 3, grid, dx.data());
    quantize(x.data(), 3, grid, codes.data());
    EXPECT_EQ(y, std::vector<float>(3, 0.0f));
    EXPECT_EQ(dx, dy);
    EXPECT_EQ(codes, std::vector<int8_t>(3, static_cast<int8_t>(grid.zero_point - 128)));
  }
}

TEST_P(FakeQuant, EveryChannelHasItsOwnGrid) {
  Random random(11);
  for (int64_t inner : {1, 5, 40}) {
    const ChannelView view{.outer = 3, .channels = 7, .inner = inner};
    std::vector<Grid> grids;
    for (int c = 0; c < 7; ++c)
      grids.push_back(symmetric_grid(c == 3 ? 0.0f : 0.1f * static_cast<float>(c + 1)));
    std::vector<float> x(static_cast<size_t>(21 * inner)), y(x.size()), dx(x.size());
    for (float& v : x) v = static_cast<float>(random.uniform(-1, 1));
    std::vector<int8_t> codes(x.size());
    fake_quantize(x.data(), view, grids, y.data());
    fake_quantize_gradient(x.data(), x.data(), view, grids, dx.data());
    quantize(x.data(), view, grids, codes.data());
    for (size_t i = 0; i < x.size(); ++i) {
      const Grid& grid = grids[i / static_cast<size_t>(inner) % 7];
      EXPECT_EQ(y[i], reference(x[i], grid)) << "seed 11";
      EXPECT_EQ(static_cast<float>(codes[i]) * grid.scale, y[i]);
      const bool inside = grid.degenerate() || (x[i] >= grid.nudged_min && x[i] <= grid.nudged_max);
      EXPECT_EQ(dx[i], inside ? x[i] : 0.0f);
    }
  }
}

NUDGE_EACH_TARGET(FakeQuant);

TEST(FakeQuantErrors, AreTyped) {
  float x = 0.0f, y = 0.0f;
  int8_t code = 0;
  const std::vector<Grid> two(2, nudge_range(-1.0f, 1.0f));
  EXPECT_THROW(fake_quantize(&x, ChannelView{1, 1, 1}, two, &y), ValueError);
  EXPECT_THROW(quantize(&x, 1, nudge_range(-1.0f, 1.0f, 16), &code), ValueError);
}

}  // namespace
}  // namespace nudge::kernels
