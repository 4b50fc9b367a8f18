#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/layers.h"

namespace nudge::layers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(DropoutTest, RateIsAShare) {
  EXPECT_THAT([] { Dropout({.rate = 1.5}); }, ThrowsMessage<ValueError>(HasSubstr("rate")));
  const LayerPtr layer = Dropout::from_config({{"rate", 0.1}, {"seed", 3}});
  EXPECT_EQ(dynamic_cast<const Dropout&>(*layer).options().seed, 3);
  EXPECT_THAT(
      [] { SpatialDropout(2, {.rate = -0.1, .name = "s"}); },
      ThrowsMessage<ValueError>("layer 's' (SpatialDropout2D): rate must be within [0, 1], given -0.1"));
}

TEST(DropoutTest, NoiseMustBeFinite) {
  EXPECT_THAT([] { AlphaDropout({.rate = 1}); }, ThrowsMessage<ValueError>(HasSubstr("[0, 1)")));
  EXPECT_THAT([] { GaussianDropout({.rate = 1}); }, ThrowsMessage<ValueError>(HasSubstr("[0, 1)")));
  EXPECT_THAT([] { StochasticDepth({.drop_path_rate = 1}); },
              ThrowsMessage<ValueError>(HasSubstr("drop_path_rate must be within [0, 1)")));
  EXPECT_THAT([] { GaussianNoise({.stddev = 1.5}); }, ThrowsMessage<ValueError>(HasSubstr("stddev")));
  EXPECT_THROW(GaussianNoise({.stddev = std::numeric_limits<double>::quiet_NaN()}), ValueError);
}

TEST(DropoutTest, NoiseShapeSpreadsOverTheInput) {
  const auto shape_with = [](NoiseShape noise_shape) {
    return dropout(input({2, 3}), {.noise_shape = std::move(noise_shape), .name = "d"}).shape();
  };
  EXPECT_THAT(shape_with({kUnknown, 1, 3}), ElementsAre(kUnknown, 2, 3));
  EXPECT_THAT(shape_with({8, kUnknown, 1}), ElementsAre(kUnknown, 2, 3));
  EXPECT_THAT(
      [&] {
        shape_with({kUnknown, 1, 2});
      },
      ThrowsMessage<ShapeError>(HasSubstr("layer 'd' (Dropout): noise_shape (None, 1, 2)")));
  EXPECT_THAT([&] { shape_with({1, 2}); }, ThrowsMessage<ShapeError>(HasSubstr("does not spread")));
  EXPECT_THAT([&] { shape_with({1, 0, 3}); }, ThrowsMessage<ValueError>(HasSubstr("noise_shape holds 0")));
  const Json noise_shape = {nullptr, 1, 3};
  const LayerPtr read = AlphaDropout::from_config({{"rate", 0.1}, {"noise_shape", noise_shape}});
  EXPECT_THAT(dynamic_cast<const AlphaDropout&>(*read).options().noise_shape, ElementsAre(kUnknown, 1, 3));
  EXPECT_EQ(read->config()["noise_shape"], noise_shape);
  for (const Json& wrong : {Json(3), Json({1, "two"}), Json({1, 0}), Json({1.5})}) {
    EXPECT_THAT(
        [&] {
          Dropout::from_config({{"rate", 0.1}, {"noise_shape", wrong}});
        },
        ThrowsMessage<InputError>(HasSubstr("'noise_shape' in the configuration must be a list")));
  }
}

TEST(SpatialDropoutTest, IsAsKerasHasIt) {
  EXPECT_THAT(spatial_dropout1d(input({4, 2}), {}).shape(), ElementsAre(kUnknown, 4, 2));
  EXPECT_THAT(spatial_dropout3d(input({4, 3, 5, 2}), {}).shape(), ElementsAre(kUnknown, 4, 3, 5, 2));
  EXPECT_THAT(
      [] {
        spatial_dropout2d(input({4, 2}), {});
      },
      ThrowsMessage<ShapeError>(HasSubstr("SpatialDropout2D")));
  EXPECT_FALSE(SpatialDropout(1, {}).config().contains("data_format"));
  EXPECT_FALSE(SpatialDropout(2, {}).config().contains("trainable")) << "Keras's class does not take it";
  EXPECT_THROW(SpatialDropout::from_config(2, {{"rate", 0.1}, {"data_format", "channels_first"}}),
               UnsupportedError);
}

TEST(TrainingOnlyTest, NamesWhatIsIdentityAtInference) {
  EXPECT_TRUE(acts_in_training_only(SpatialDropout(3, {})));
  EXPECT_TRUE(acts_in_training_only(StochasticDepth({})));
  EXPECT_FALSE(acts_in_training_only(ReLU()));
}

}  // namespace
}  // namespace nudge::layers
