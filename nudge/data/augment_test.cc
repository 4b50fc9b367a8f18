#include "nudge/data/augment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
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

TEST(Augment, CropEnlargesAPart) {
  std::vector<float> ramp(21);
  std::iota(ramp.begin(), ramp.end(), 0.0f);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<float> values = changed("crop=0.5", ramp, 1, 21, 1, seed);
    const float step = values[11] - values[10];
    EXPECT_GE(step, 0.5f - 1e-4f);
    EXPECT_LE(step, 1.0f + 1e-4f);
    EXPECT_GE(values.front(), 0.0f);
    EXPECT_LE(values.back(), 20.0f);
    EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
  }
}

TEST(Augment, RotateTurnsAroundTheMiddle) {
  // Half a circle at most; a picture that rises to the right then rises in the direction that it was turned
  // to.
  constexpr int64_t kSide = 21;
  std::vector<float> ramp;
  for (int64_t y = 0; y < kSide; ++y) {
    for (int64_t x = 0; x < kSide; ++x) ramp.push_back(static_cast<float>(5 * x));
  }
  bool turned = false;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<float> values = changed("rotate=0.5", ramp, kSide, kSide, 1, seed);
    const auto at = [&](int64_t y, int64_t x) { return values[static_cast<size_t>(y * kSide + x)]; };
    EXPECT_NEAR(at(10, 10), 50.0f, 1e-3f);
    const float right = (at(10, 12) - at(10, 8)) / 4.0f, down = (at(12, 10) - at(8, 10)) / 4.0f;
    EXPECT_NEAR(right * right + down * down, 25.0f, 0.01f);
    turned |= std::abs(down) > 1.0f;
  }
  EXPECT_TRUE(turned);
}

TEST(Augment, ColoursMoveAndGreysStay) {
  const std::vector<float> grey(12, 77.0f);
  const std::vector<float> colour{200, 40, 90};
  for (const char* list : {"saturation", "hue=0.3"}) {
    SCOPED_TRACE(list);
    bool moved = false;
    for (uint64_t seed = 0; seed < 10; ++seed) {
      EXPECT_THAT(changed(list, grey, 2, 2, 3, seed), Each(testing::FloatNear(77.0f, 1e-3f)));
      const std::vector<float> values = changed(list, colour, 1, 1, 3, seed);
      moved |= std::abs(values[0] - colour[0]) > 1.0f;
      EXPECT_THAT(values, Each(testing::AllOf(testing::Ge(0.0f), testing::Le(255.0f))));
      // Pictures of one channel have no colours.
      EXPECT_THAT(changed(list, {1, 2}, 1, 2, 1, seed), ElementsAre(1, 2));
    }
    EXPECT_TRUE(moved);
  }
  // A third of a circle exchanges the channels.
  bool third = false;
  for (uint64_t seed = 0; seed < 400 && !third; ++seed) {
    const std::vector<float> values = changed("hue=0.34", colour, 1, 1, 3, seed);
    third = std::abs(values[1] - 200.0f) < 3.0f && std::abs(values[2] - 40.0f) < 3.0f;
  }
  EXPECT_TRUE(third);
}

TEST(Augment, CutoutCoversOneRectangle) {
  size_t most = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const std::vector<float> values = changed("cutout=0.5", std::vector<float>(400, 3.0f), 20, 20, 1, seed);
    const auto covered = static_cast<size_t>(std::count(values.begin(), values.end(), 127.5f));
    EXPECT_EQ(static_cast<size_t>(std::count(values.begin(), values.end(), 3.0f)), 400 - covered);
    most = std::max(most, covered);
  }
  EXPECT_GE(most, 81u);
  EXPECT_LE(most, 121u);
}

TEST(Augment, RandAugmentIsStrongerWithItsAmount) {
  std::vector<float> picture(3 * 64);
  for (size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<float>((i * 37) % 256);
  const auto difference = [&](const std::string& list) {
    double sum = 0;
    for (uint64_t seed = 0; seed < 60; ++seed) {
      const std::vector<float> values = changed(list, picture, 8, 8, 3, seed);
      EXPECT_THAT(values, Each(testing::AllOf(testing::Ge(0.0f), testing::Le(255.0f))));
      for (size_t i = 0; i < picture.size(); ++i) sum += std::abs(values[i] - picture[i]);
    }
    return sum;
  };
  EXPECT_EQ(difference("randaugment=0"), 0.0);
  EXPECT_GT(difference("randaugment=0.8"), 1.3 * difference("randaugment=0.2"));
}

TEST(Augment, WhatIsDrawnDoesNotDependOnThePicture) {
  for (const char* list : {"flip", "shift", "zoom", "crop", "rotate", "brightness", "contrast", "saturation",
                           "hue", "cutout", "randaugment"}) {
    SCOPED_TRACE(list);
    Random one(5), other(5);
    std::vector<float> small(4, 9.0f), large(300, 200.0f);
    Augmentation(list).apply({small.data(), 2, 2, 1}, one);
    Augmentation(list).apply({large.data(), 10, 10, 3}, other);
    EXPECT_EQ(one.state(), other.state());
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
