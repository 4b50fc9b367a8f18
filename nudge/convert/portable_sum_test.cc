#include "nudge/convert/portable_sum.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nudge/base/random.h"

namespace nudge::convert {
namespace {

CodeGrid random_term_grid(Random& random) {
  return {static_cast<float>(std::exp2(random.uniform(-6, -3))),
          static_cast<int32_t>(random.below(256)) - 128};
}

TEST(PortableSum, NoPairOfCodesDiffers) {
  const uint64_t seed = 20261126;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  int differed = 0;
  for (int round = 0; round < 40; ++round) {
    const CodeGrid a = random_term_grid(random), b = random_term_grid(random);
    const CodeGrid sum{(a.scale + b.scale) * static_cast<float>(random.uniform(0.5, 1)),
                       static_cast<int32_t>(random.below(256)) - 128};
    const bool subtract = round % 2 == 1;
    const float scale = portable_sum_scale({{a, b, subtract}}, sum);
    EXPECT_EQ(differing_pairs({a, b, subtract}, {scale, sum.zero_point}), 0)
        << a.scale << " and " << b.scale << " to " << sum.scale;
    EXPECT_NEAR(static_cast<double>(scale / sum.scale), 1, 1.01e-4);
    differed += differing_pairs({a, b, subtract}, sum, 1) > 0 ? 1 : 0;
  }
  EXPECT_GT(differed, 10) << "else there was nothing to find";
}

TEST(PortableSum, OneScaleServesSeveral) {
  const uint64_t seed = 20261128;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const CodeGrid sum{0.05f, 5};
  std::vector<SummedGrids> sums;
  for (int i = 0; i < 4; ++i) sums.push_back({random_term_grid(random), random_term_grid(random)});
  const float scale = portable_sum_scale(sums, sum);
  for (const SummedGrids& grids : sums) EXPECT_EQ(differing_pairs(grids, {scale, sum.zero_point}), 0);
}

TEST(PortableSum, AScaleWithoutDifferencesStays) {
  const CodeGrid a{0.05f, 3}, b{0.031f, -20};
  const float scale = portable_sum_scale({{a, b}}, {0.07f, 5});
  EXPECT_EQ(portable_sum_scale({{a, b}}, {scale, 5}), scale);
}

// XNNPACK does not take such factors, so there is nothing to agree with.
TEST(PortableSum, ScalesOutOfReachStayAsTheyAre) {
  for (const float scale : {1e-38f, 1e-6f, 300.0f, 1e38f}) {
    EXPECT_EQ(portable_sum_scale({{{scale, 0}, {scale, 0}}}, {1.0f, 0}), 1.0f);
  }
}

}  // namespace
}  // namespace nudge::convert
