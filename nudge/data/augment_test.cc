#include "nudge/data/augment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

using testing::Each;
using testing::ElementsAre;

std::vector<float> changed(const std::string& list, std::vector<float> values, int64_t height, int64_t width,
                           int64_t channels, uint64_t seed = 1) {
  Random random(seed);
  Augmentation(list).apply({values.data(), height, width, channels}, random);
  return values;
}

TEST(Augment, FlipMirrorsEachRow) {
  EXPECT_THAT(changed("flip=1", {1, 2, 3, 4, 5, 6}, 2, 3, 1), ElementsAre(3, 2, 1, 6, 5, 4));
  EXPECT_THAT(changed("flip=1", {1, 2, 3, 4}, 1, 2, 2), ElementsAre(3, 4, 1, 2));
  EXPECT_THAT(changed("flip=0", {1, 2, 3}, 1, 3, 1), ElementsAre(1, 2, 3));
}

TEST(Augment, FlipHappensHalfTheTime) {
  int flips = 0;
  for (uint64_t seed = 0; seed < 1000; ++seed) flips += changed("flip", {1, 2}, 1, 2, 1, seed)[0] == 2.0f;
  EXPECT_NEAR(flips, 500, 60);
}

TEST(Augment, ShiftMovesByWholePixelsAndRepeatsTheEdge) {
  std::vector<float> ramp(10);
  std::iota(ramp.begin(), ramp.end(), 0.0f);
  bool moved = false;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<float> values = changed("shift=0.3", ramp, 1, 10, 1, seed);
    const float by = values[5] - 5.0f;
    moved |= by != 0.0f;
    EXPECT_LE(std::abs(by), 3.0f);
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(values[static_cast<size_t>(i)], std::clamp(static_cast<float>(i) + by, 0.0f, 9.0f));
    }
  }
  EXPECT_TRUE(moved);
}

TEST(Augment, ZoomKeepsTheMiddle) {
  std::vector<float> ramp(11);
  std::iota(ramp.begin(), ramp.end(), 0.0f);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<float> values = changed("zoom=0.4", ramp, 1, 11, 1, seed);
    EXPECT_NEAR(values[5], 5.0f, 1e-4f);
    const float step = values[6] - values[5];
    EXPECT_GE(step, 0.6f - 1e-4f);
    EXPECT_LE(step, 1.4f + 1e-4f);
  }
}

TEST(Augment, BrightnessAndContrastStayWithinRange) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<float> lighter = changed("brightness", {0, 100, 255}, 1, 3, 1, seed);
    EXPECT_THAT(lighter, Each(testing::AllOf(testing::Ge(0.0f), testing::Le(255.0f))));
    EXPECT_NEAR(lighter[1], 100.0f, 51.0f);
    const std::vector<float> spread = changed("contrast", {90, 100, 110}, 1, 3, 1, seed);
    EXPECT_NEAR(spread[1], 100.0f, 1e-3f);
    EXPECT_NEAR(spread[2] - 100.0f, 100.0f - spread[0], 1e-3f);
    EXPECT_NEAR(spread[2], 110.0f, 3.0f + 1e-3f);
  }
}

TEST(Augment, ListsAreParsed) {
  EXPECT_TRUE(Augmentation("").empty());
  EXPECT_FALSE(Augmentation("flip,shift=0.2,zoom,brightness,contrast=1").empty());
  for (const char* list :
       {"spin", "flip,", "flip=", "flip=2", "flip=-1", "flip=nan", "flip=0.5x", ",flip", "flip,,zoom"}) {
    SCOPED_TRACE(list);
    EXPECT_THROW(Augmentation{list}, ValueError);
  }
}

}  // namespace
}  // namespace nudge::data
