// A card's scaling of pixels in the words of TFLite Metadata.
#include "nudge/cli/public_card.h"

#include <gmock/gmock.h>

#include <array>

#include "nudge/data/preprocess.h"

namespace nudge::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

deploy::PixelScaling scaling(const std::string& preprocessing, int64_t channels,
                             const std::optional<train::InputGrid>& grid = {}) {
  keras::ModelCard card;
  card.preprocessing = preprocessing;
  return public_metadata("model", card, channels, grid).scaling;
}

TEST(PublicCard, APixelBecomesTheSame) {
  for (const char* words : {"none", "tf", "rescale", "torch", "0.5,-3"}) {
    const deploy::PixelScaling found = scaling(words, 3);
    ASSERT_EQ(found.mean.size(), found.deviation.size());
    ASSERT_THAT(found.mean, testing::Not(IsEmpty())) << words;
    std::array<float, 3> pixel{10, 100, 250};
    data::preprocess_from_string(words).apply(pixel, 3);
    constexpr std::array<float, 3> kPixel{10, 100, 250};
    for (size_t c = 0; c < 3; ++c) {
      const size_t i = found.mean.size() == 1 ? 0 : c;
      EXPECT_NEAR((kPixel[c] - found.mean[i]) / found.deviation[i], pixel[c], 1e-5) << words;
    }
  }
  EXPECT_THAT(scaling("tf", 3).mean, ElementsAre(127.5f));
  EXPECT_THAT(scaling("tf", 1).deviation, ElementsAre(127.5f));
  EXPECT_THAT(scaling("torch", 3).mean, SizeIs(3));
}

TEST(PublicCard, PixelsLieOnTheInputsGrid) {
  const train::InputGrid grid{.scale = 2 / 255.0f, .zero_point = 127};
  const deploy::PixelScaling found = scaling("tf", 3, grid);
  ASSERT_THAT(found.mean, SizeIs(1));
  for (const float pixel : {0.0f, 1.0f, 128.0f, 255.0f}) {
    const float code = (pixel - found.mean[0]) / found.deviation[0] / grid.scale + 127;
    EXPECT_NEAR(code, pixel, 1e-3) << "between two codes the runtime's rounding would decide";
  }
}

TEST(PublicCard, WhatCannotBeSaidIsLeftOut) {
  EXPECT_THAT(scaling("caffe", 3).mean, IsEmpty()) << "it swaps channels";
  EXPECT_THAT(scaling("torch", 1).mean, IsEmpty());
  EXPECT_THAT(scaling("tf", 0).mean, IsEmpty()) << "no images";
  EXPECT_THAT(scaling("", 3).mean, IsEmpty());
  EXPECT_THAT(scaling(keras::ModelCard::kScaledElsewhere, 3).mean, IsEmpty());
}

}  // namespace
}  // namespace nudge::cli
