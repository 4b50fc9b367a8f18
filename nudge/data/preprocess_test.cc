#include "nudge/data/preprocess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

std::vector<float> done(std::vector<float> values, const Preprocess& preprocess) {
  preprocess.apply(values, 3);
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

TEST(Preprocess, ScalesAsTold) {
  EXPECT_THAT(done({0.0f, 127.5f, 255.0f}, Preprocess::linear(2.0f, -3.0f)),
              ElementsAre(-3.0f, 252.0f, 507.0f));
}

TEST(Preprocess, ALineSaysTheSame) {
  for (const char* text : {"none", "tf", "rescale", "0.017,-2.1"}) {
    const Preprocess preprocess = preprocess_from_string(text);
    ASSERT_TRUE(preprocess.line()) << text;
    for (const float pixel : {0.0f, 3.0f, 128.0f, 255.0f}) {
      EXPECT_NEAR(done({pixel, pixel, pixel}, preprocess)[1],
                  pixel * preprocess.line()->scale + preprocess.line()->offset, 1e-6f)
          << text;
    }
  }
  EXPECT_FALSE(Preprocess::kCaffe.line());
  EXPECT_FALSE(Preprocess::kTorch.line());
}

TEST(Preprocess, NamesGoBothWays) {
  for (const Preprocess& preprocess :
       {Preprocess::kNone, Preprocess::kTf, Preprocess::kCaffe, Preprocess::kTorch, Preprocess::kRescale,
        Preprocess::linear(1.0f / 127.5f, -1.0f), Preprocess::linear(-1e-20f, 3e7f)}) {
    EXPECT_EQ(preprocess_from_string(to_string(preprocess)), preprocess) << to_string(preprocess);
  }
  EXPECT_EQ(to_string(preprocess_from_string("0.50,-1")), "0.5,-1");
}

TEST(Preprocess, OtherWordsAreRefused) {
  for (const char* text :
       {"imagenet", "", ",", "1", "1,", "1,2,3", "0,1", "nan,0", "1,inf", "0x1,2", "1, 2"}) {
    EXPECT_THROW(preprocess_from_string(text), ValueError) << text;
  }
}

TEST(Preprocess, ImageNetModesNeedThreeChannels) {
  std::vector<float> grey(4);
  EXPECT_THROW(Preprocess::kCaffe.apply(grey, 1), ValueError);
  EXPECT_THROW(Preprocess::kTorch.apply(grey, 1), ValueError);
  EXPECT_NO_THROW(Preprocess::kTf.apply(grey, 1));
}

}  // namespace
}  // namespace nudge::data
