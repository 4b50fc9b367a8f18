#include "nudge/convert/portable_codes.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nudge/base/random.h"

namespace nudge::convert {
namespace {

constexpr uint64_t kSeed = 20261128;

struct Grids {
  CodeGrid from, to;
};

Grids random_grids(Random& random) {
  const auto zero = [&random] { return static_cast<int32_t>(random.below(256)) - 128; };
  const auto scale = static_cast<float>(std::exp2(random.uniform(-8, -3)));
  return {{scale, zero()}, {scale * static_cast<float>(random.uniform(0.4, 2)), zero()}};
}

TEST(PortableCodes, AreFoundForQuantize) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  int before = 0, after = 0;
  for (int round = 0; round < 200; ++round) {
    const auto [from, to] = random_grids(random);
    const float scale = portable_quantize_scale({from}, to);
    EXPECT_NEAR(static_cast<double>(scale / to.scale), 1, 0.061);
    before += requantized_otherwise(from, to) > 0 ? 1 : 0;
    after += requantized_otherwise(from, {scale, to.zero_point}) > 0 ? 1 : 0;
  }
  EXPECT_GT(before, 100) << "else there was nothing to find";
  EXPECT_EQ(after, 0);
}

TEST(PortableCodes, OfSeveralInputsDifferLess) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  int before = 0, after = 0;
  for (int round = 0; round < 50; ++round) {
    const auto [first, to] = random_grids(random);
    const CodeGrid second{to.scale * static_cast<float>(random.uniform(0.4, 2)), 3};
    const CodeGrid moved{portable_quantize_scale({first, second}, to), to.zero_point};
    const int was = requantized_otherwise(first, to) + requantized_otherwise(second, to);
    const int is = requantized_otherwise(first, moved) + requantized_otherwise(second, moved);
    EXPECT_LE(is, was);
    before += was;
    after += is;
  }
  EXPECT_LT(after, before / 3);
}

TEST(PortableCodes, KeepAScaleThatIsFine) {
  const CodeGrid from{0.05f, 3}, to{0.05f, 3};
  EXPECT_EQ(requantized_otherwise(from, to), 0);
  EXPECT_EQ(portable_quantize_scale({from}, to), to.scale);
}

}  // namespace
}  // namespace nudge::convert
