#include "nudge/kernels/values/bfloat16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "nudge/base/random.h"
#include "nudge/kernels/cpu/target_test.h"

namespace nudge::kernels {
namespace {

float bits(uint32_t word) { return std::bit_cast<float>(word); }

TEST(Bfloat16, RoundsToTheNearestAndTiesToEven) {
  EXPECT_EQ(to_bfloat16(1.0f).bits, 0x3f80);
  EXPECT_EQ(to_bfloat16(bits(0x3f807fff)).bits, 0x3f80);
  EXPECT_EQ(to_bfloat16(bits(0x3f808000)).bits, 0x3f80);
  EXPECT_EQ(to_bfloat16(bits(0x3f808001)).bits, 0x3f81);
  EXPECT_EQ(to_bfloat16(bits(0x3f818000)).bits, 0x3f82);
  EXPECT_EQ(to_bfloat16(std::numeric_limits<float>::max()).bits, 0x7f80);
  EXPECT_EQ(to_bfloat16(-0.0f).bits, 0x8000);
}

TEST(Bfloat16, HoldsEveryDifferenceOfTwoCodes) {
  for (int step = -255; step <= 255; ++step) {
    EXPECT_EQ(to_float(to_bfloat16(static_cast<float>(step))), static_cast<float>(step));
  }
}

TEST(Bfloat16, NanStaysNan) {
  for (const uint32_t word : {0x7fffffffu, 0xffffffffu, 0x7f800001u, 0xffc00000u}) {
    EXPECT_TRUE(std::isnan(to_float(to_bfloat16(bits(word))))) << word;
  }
}

class Bfloat16OnTarget : public TargetTest {};

TEST_P(Bfloat16OnTarget, SpansRoundLikeSingleNumbers) {
  Random random(7);
  for (const int64_t n : {1, 7, 16, 45}) {
    std::vector<float> values(static_cast<size_t>(n));
    for (float& v : values) v = bits(static_cast<uint32_t>(random.next()));
    values[0] = bits(0x7fffffff);
    std::vector<Bfloat16> rounded(values.size());
    round_to_bfloat16(values.data(), n, rounded.data());
    std::vector<float> back(values.size());
    widen(rounded.data(), n, back.data());
    std::vector<float> sums(values.size(), 1.0f);
    std::vector<Bfloat16> added = rounded;
    add_to_bfloat16(sums.data(), n, added.data());
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i])) {
        EXPECT_TRUE(std::isnan(back[i])) << "seed 7";
        continue;
      }
      EXPECT_EQ(rounded[i].bits, to_bfloat16(values[i]).bits) << "seed 7";
      EXPECT_EQ(back[i], to_float(rounded[i])) << "seed 7";
      EXPECT_EQ(added[i].bits, to_bfloat16(back[i] + 1.0f).bits) << "seed 7";
    }
  }
}

NUDGE_EACH_TARGET(Bfloat16OnTarget);

}  // namespace
}  // namespace nudge::kernels
