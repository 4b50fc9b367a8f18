#include "nudge/convert/portable_multiply.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nudge/base/random.h"

namespace nudge::convert {
namespace {

CodeGrid random_factor_grid(Random& random) {
  return {static_cast<float>(std::exp2(random.uniform(-9, -3))),
          static_cast<int32_t>(random.below(256)) - 128};
}

TEST(PortableMultiply, FindsAScaleNearby) {
  const uint64_t seed = 20261127;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  int differed = 0;
  for (int round = 0; round < 200; ++round) {
    const MultipliedGrids grids{random_factor_grid(random), random_factor_grid(random),
                                round % 2 == 0 ? 1 : 64};
    const float unit = grids.a.scale * grids.b.scale * static_cast<float>(std::sqrt(grids.terms));
    const CodeGrid product{unit * static_cast<float>(random.uniform(50, 260)),
                           static_cast<int32_t>(random.below(256)) - 128};
    const float scale = portable_multiply_scale(grids, product);
    EXPECT_TRUE(multiplies_alike(grids, {scale, product.zero_point}))
        << grids.a.scale << " and " << grids.b.scale << " to " << product.scale;
    EXPECT_NEAR(static_cast<double>(scale / product.scale), 1, 0.061);
    differed += multiplies_alike(grids, product) ? 0 : 1;
  }
  EXPECT_GT(differed, 150) << "else there was nothing to find";
}

TEST(PortableMultiply, AScaleThatIsPortableStays) {
  const MultipliedGrids grids{{0.05f, 3}, {1.0f / 256, -128}};
  const float scale = portable_multiply_scale(grids, {0.04f, 5});
  EXPECT_EQ(portable_multiply_scale(grids, {scale, 5}), scale);
}

// No factor of a code to several of them is free of ties.
TEST(PortableMultiply, AScaleOutOfReachStaysAsItIs) {
  EXPECT_EQ(portable_multiply_scale({{1e20f, 0}, {1e20f, 0}}, {1e-5f, 0}), 1e-5f);
}

TEST(PortableMultiply, AUnitStandsForQuantize) {
  const uint64_t seed = 20261129;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  int found = 0;
  for (int round = 0; round < 100; ++round) {
    const CodeGrid from = random_factor_grid(random);
    const CodeGrid to{from.scale * static_cast<float>(random.uniform(0.4, 2.5)), 7};
    const auto unit = portable_unit(from, to);
    if (!unit) continue;
    ++found;
    EXPECT_NEAR(static_cast<double>(unit->scale) * unit->code, 1, 0x1p-9);
  }
  EXPECT_GT(found, 90) << "all but ratios next to 1";
  EXPECT_FALSE(portable_unit({1e-9f, 0}, {1.0f, 0}).has_value());
}

}  // namespace
}  // namespace nudge::convert
