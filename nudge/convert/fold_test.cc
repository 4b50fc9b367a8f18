#include "nudge/convert/fold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nudge/base/random.h"

namespace nudge::convert {
namespace {

constexpr float kInputScale = 0.02f;
constexpr CodeGrid kInput{kInputScale, -3}, kOutput{0.05f, 10};

// What the folded integer product stands for on an input of real value input_scale * q each.
double value_of(const IntegerProduct& product, size_t channel, size_t block, int q) {
  int64_t sum = product.bias[channel];
  for (size_t i = 0; i < block; ++i) sum += static_cast<int64_t>(product.codes[channel * block + i]) * q;
  return static_cast<double>(sum) * static_cast<double>(kInputScale * product.scales[channel]);
}

TEST(Fold, KeepsCodesAndMovesTheMultiplierIntoTheScale) {
  const std::vector<float> codes{127, -3, 5, 64};
  const Affine affine{{2.0, 0.5}, {1.0, -4.0}};
  const auto product = fold(codes, std::vector<float>{0.1f, 0.2f}, {}, affine, kInput, kOutput, false);
  EXPECT_THAT(product.codes, testing::ElementsAreArray(codes));
  EXPECT_FLOAT_EQ(product.scales[0], 0.2f);
  EXPECT_FLOAT_EQ(product.scales[1], 0.1f);
  EXPECT_EQ(product.bias[0], 250);    // 1.0 / (0.02 * 0.2)
  EXPECT_EQ(product.bias[1], -2000);  // -4.0 / (0.02 * 0.1)
}

TEST(Fold, NegativeGammaFlipsSigns) {
  const auto product = fold(std::vector<float>{127, -3}, std::vector<float>{0.1f}, {}, {{-1.0}, {0.0}},
                            kInput, kOutput, false);
  EXPECT_EQ(product.codes, (std::vector<int8_t>{-127, 3}));
  EXPECT_FLOAT_EQ(product.scales[0], 0.1f);
}

TEST(Fold, TheLayersOwnBiasIsScaledToo) {
  const auto product = fold(std::vector<float>{1}, std::vector<float>{0.5f}, std::vector<float>{3.0f},
                            {{2.0}, {1.0}}, kInput, kOutput, false);
  EXPECT_EQ(product.bias[0], 350);  // (3 * 2 + 1) / (0.02 * 0.5 * 2)
}

TEST(Fold, ZeroGammaLeavesAConstantChannel) {
  const auto product = fold(std::vector<float>{127, 90}, std::vector<float>{0.1f}, {}, {{0.0}, {1.25}},
                            kInput, kOutput, false);
  EXPECT_GT(product.scales[0], 0.0f);
  EXPECT_EQ(product.codes, (std::vector<int8_t>{0, 0}));
  EXPECT_NEAR(value_of(product, 0, 2, 255), 1.25, 1e-6);
}

TEST(Fold, TinyGammaWithALargeBiasStaysWithinInt32) {
  const auto product =
      fold(std::vector<float>{127}, std::vector<float>{1e-3f}, {}, {{1e-12}, {40.0}}, kInput, kOutput, false);
  EXPECT_LE(std::abs(product.bias[0]), 1 << 30);
  EXPECT_NEAR(value_of(product, 0, 1, 255), 40.0, 1e-5);
  EXPECT_TRUE(std::isnormal(product.scales[0]));
}

TEST(Fold, RandomChannelsKeepTheirValueToHalfABiasUnit) {
  const uint64_t seed = 20240611;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 500; ++round) {
    const size_t block = 1 + random.below(40);
    std::vector<float> codes(block);
    for (float& code : codes) code = static_cast<float>(random.below(255)) - 127.0f;
    const auto scale = static_cast<float>(std::pow(10.0, random.uniform(-6, 0)));
    const double multiplier = random.normal() * std::pow(10.0, random.uniform(-6, 3));
    const double offset = random.normal() * 10;
    const auto product =
        fold(codes, std::vector<float>{scale}, {}, {{multiplier}, {offset}}, kInput, kOutput, false);
    double exact = offset;
    for (const int8_t code : codes) {
      exact += static_cast<double>(code) * static_cast<double>(scale) * multiplier *
               static_cast<double>(kInputScale) * 200;
    }
    const double unit = static_cast<double>(kInputScale * product.scales[0]);
    // Half a unit of the bias, the rounding of the scale to float, and where the scale was raised, of the
    // codes.
    const bool raised =
        static_cast<double>(product.scales[0]) > static_cast<double>(scale) * std::abs(multiplier) * 1.001;
    const double slack = raised ? 0.5 * 200 * static_cast<double>(block) : 0.5;
    EXPECT_NEAR(value_of(product, 0, block, 200), exact,
                unit * slack + 1e-6 * (std::abs(exact) + std::abs(offset) + 1));
  }
}

TEST(Fold, PortableScalesMoveAWeightByHalfAStep) {
  const uint64_t seed = 20261126;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  int changed = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<float> codes(20);
    for (float& code : codes) code = static_cast<float>(random.below(255)) - 127.0f;
    codes[0] = 127;
    const auto scale = static_cast<float>(random.uniform(0.002, 0.05));
    const double multiplier = random.uniform(0.2, 2);
    const auto product =
        fold(codes, std::vector<float>{scale}, {}, {{multiplier}, {0.5}}, kInput, kOutput, true);
    EXPECT_NEAR(product.moves[0],
                static_cast<double>(product.scales[0]) / (static_cast<double>(scale) * std::abs(multiplier)),
                1e-9);
    const auto moved = static_cast<double>(product.scales[0]);
    for (size_t i = 0; i < codes.size(); ++i) {
      EXPECT_NEAR(product.codes[i] * moved, codes[i] * static_cast<double>(scale) * multiplier,
                  0.5001 * moved);
    }
    EXPECT_NEAR(product.bias[0] * moved * static_cast<double>(kInputScale), 0.5,
                0.501 * moved * static_cast<double>(kInputScale));
    changed += std::equal(codes.begin(), codes.end(), product.codes.begin()) ? 0 : 1;
  }
  EXPECT_GT(changed, 0);
  EXPECT_LT(changed, 300);
}

TEST(Fold, AConstantChannelHasNotMoved) {
  const auto product = fold(std::vector<float>{127, 90}, std::vector<float>{1e-3f}, {}, {{1e-14}, {1.25}},
                            kInput, kOutput, true);
  EXPECT_EQ(product.moves[0], 1.0);
}

TEST(Fold, AChannelOfOneCodeKeepsItsValue) {
  for (const float code : {127.0f, -127.0f, 3.0f}) {
    const auto product = fold(std::vector<float>(9, code), std::vector<float>{0.001f}, {}, {{1.0}, {0.0}},
                              kInput, kOutput, true);
    for (const int8_t own : product.codes) EXPECT_EQ(own, product.codes[0]);
    EXPECT_NEAR(
        product.codes[0] * static_cast<double>(product.scales[0]) / (static_cast<double>(code) * 0.001), 1,
        1e-3);
  }
}

TEST(Affine, IsTheInferenceFormOfBatchNormalization) {
  const auto affine =
      affine_of(Array::of<float>({2}, {2.0f, 1.0f}), Array::of<float>({2}, {0.5f, 0.0f}),
                Array::of<float>({2}, {1.0f, -1.0f}), Array::of<float>({2}, {3.999f, 0.249f}), 1e-3);
  EXPECT_NEAR(affine.multiplier[0], 1.0, 1e-6);
  EXPECT_NEAR(affine.offset[0], -0.5, 1e-6);
  EXPECT_NEAR(affine.multiplier[1], 2.0, 1e-6);
  EXPECT_NEAR(affine.offset[1], 2.0, 1e-6);
}

TEST(Affine, WithoutScaleOrCenter) {
  const auto affine =
      affine_of(Array(), Array(), Array::of<float>({1}, {4.0f}), Array::of<float>({1}, {0.25f}), 0.0);
  EXPECT_DOUBLE_EQ(affine.multiplier[0], 2.0);
  EXPECT_DOUBLE_EQ(affine.offset[0], -8.0);
}

TEST(Fold, FloatProduct) {
  const auto product = fold(std::vector<float>{1.0f, 2.0f, 3.0f, 4.0f}, std::vector<float>{1.0f, 2.0f},
                            Affine{{2.0, -1.0}, {0.5, 0.0}});
  EXPECT_EQ(product.weights, (std::vector<float>{2.0f, 4.0f, -3.0f, -4.0f}));
  EXPECT_EQ(product.bias, (std::vector<float>{2.5f, -2.0f}));
}

}  // namespace
}  // namespace nudge::convert
