#include "nudge/layers/batch_normalization.h"

#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::layers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::string> weight_names(const Layer& layer) {
  std::vector<std::string> names;
  for (const Weight* weight : layer.weights()) names.push_back(weight->name);
  return names;
}

TEST(BatchNormalizationTest, WeightsInKerasOrder) {
  const Tensor y = batch_normalization(input({4, 4, 3}));
  EXPECT_THAT(y.shape(), ElementsAre(kUnknown, 4, 4, 3));
  EXPECT_THAT(weight_names(y.layer()), ElementsAre("gamma", "beta", "moving_mean", "moving_variance"));
  EXPECT_TRUE(y.layer().weight("gamma").trainable);
  EXPECT_FALSE(y.layer().weight("moving_variance").trainable);
  EXPECT_THAT(y.layer().weight("moving_mean").shape, ElementsAre(3));

  y.node->layer->initialize(1);
  EXPECT_EQ(y.layer().weight("gamma").value.data<float>()[0], 1.0F);
  EXPECT_EQ(y.layer().weight("moving_mean").value.data<float>()[0], 0.0F);
}

TEST(BatchNormalizationTest, ScaleAndCenterAreOptional) {
  const Tensor y = batch_normalization(input({3}), {.center = false, .scale = false});
  EXPECT_THAT(weight_names(y.layer()), ElementsAre("moving_mean", "moving_variance"));
}

TEST(BatchNormalizationTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT([] { BatchNormalization({.momentum = 1.5}); },
              ThrowsMessage<ValueError>(HasSubstr("momentum")));
  EXPECT_THAT([] { BatchNormalization({.epsilon = 0}); }, ThrowsMessage<ValueError>(HasSubstr("epsilon")));
  EXPECT_THROW(BatchNormalization({.epsilon = std::nan("")}), ValueError);
  EXPECT_THAT(
      [] {
        batch_normalization(input({4, 4, 3}), {.axis = 1});
      },
      ThrowsMessage<UnsupportedError>(HasSubstr("axis 1 is not the last dimension")));
  EXPECT_THAT(
      [] {
        batch_normalization(input({4, 4, 3}), {.axis = 4});
      },
      ThrowsMessage<ShapeError>(HasSubstr("axis 4")));
  EXPECT_THROW(BatchNormalization().output_shapes({{kUnknown, kUnknown}}), ShapeError);
  EXPECT_THAT(
      [] {
        BatchNormalization::from_config({{"renorm", true}});
      },
      ThrowsMessage<UnsupportedError>(HasSubstr("renorm")));
  const auto layer = std::make_shared<BatchNormalization>();
  layer->call(input({4, 4, 3}));
  EXPECT_THAT([&] { layer->call(input({4, 4, 2})); }, ThrowsMessage<ShapeError>(HasSubstr("the 3 channels")));
}

TEST(BatchNormalizationTest, ReadsAnAxisInAList) {
  const LayerPtr layer = BatchNormalization::from_config({{"axis", {3}}, {"momentum", 0.9}});
  EXPECT_EQ(dynamic_cast<const BatchNormalization&>(*layer).options().axis, 3);
  EXPECT_THAT(layer->call(input({2, 2, 5})).shape(), ElementsAre(kUnknown, 2, 2, 5));
}

}  // namespace
}  // namespace nudge::layers
