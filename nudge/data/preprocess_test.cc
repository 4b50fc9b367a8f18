#include "nudge/data/preprocess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

std::vector<float> done(std::vector<float> values, Preprocess mode) {
  preprocess(values, 3, mode);
  return values;
}

// Expected values from keras.applications.imagenet_utils.preprocess_input.
TEST(Preprocess, GivesKerassValues) {
  const std::vector<float> pixel = {0.0f, 127.5f, 255.0f};
  EXPECT_EQ(done(pixel, Preprocess::kNone), pixel);
  EXPECT_THAT(done(pixel, Preprocess::kTf), ElementsAre(-1.0f, 0.0f, 1.0f));
  EXPECT_THAT(done(pixel, Preprocess::kRescale),
              ElementsAre(0.0f, FloatNear(0.5f, 1e-6f), FloatNear(1.0f, 1e-6f)));
  EXPECT_THAT(done(pixel, Preprocess::kCaffe),
              ElementsAre(FloatNear(151.061f, 1e-4f), FloatNear(10.721f, 1e-4f), FloatNear(-123.68f, 1e-4f)));
  EXPECT_THAT(
      done(pixel, Preprocess::kTorch),
      ElementsAre(FloatNear(-2.117904f, 1e-5f), FloatNear(0.196429f, 1e-5f), FloatNear(2.64f, 1e-5f)));
}

TEST(Preprocess, NamesGoBothWays) {
  for (const Preprocess mode :
       {Preprocess::kNone, Preprocess::kTf, Preprocess::kCaffe, Preprocess::kTorch, Preprocess::kRescale}) {
    EXPECT_EQ(preprocess_from_string(to_string(mode)), mode);
  }
  EXPECT_THROW(preprocess_from_string("imagenet"), ValueError);
}

TEST(Preprocess, ImageNetModesNeedThreeChannels) {
  std::vector<float> grey(4);
  EXPECT_THROW(preprocess(grey, 1, Preprocess::kCaffe), ValueError);
  EXPECT_THROW(preprocess(grey, 1, Preprocess::kTorch), ValueError);
  EXPECT_NO_THROW(preprocess(grey, 1, Preprocess::kTf));
}

}  // namespace
}  // namespace nudge::data
