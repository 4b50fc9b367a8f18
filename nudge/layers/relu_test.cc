#include "nudge/layers/relu.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/leaky_relu.h"
#include "nudge/layers/rescaling.h"
#include "nudge/layers/softmax.h"

namespace nudge::layers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ReLUTest, RefusesNegativeOptions) {
  EXPECT_THAT([] { ReLU({.max_value = -1, .name = "r"}); },
              ThrowsMessage<ValueError>("layer 'r' (ReLU): max_value must not be negative, given -1"));
  EXPECT_THROW(ReLU({.negative_slope = -1}), ValueError);
  EXPECT_THROW(ReLU({.threshold = -1}), ValueError);
}

TEST(ReLUTest, NoCeilingIsNull) {
  EXPECT_TRUE(ReLU().config()["max_value"].is_null());
  EXPECT_EQ(ReLU({.max_value = 6}).config()["max_value"], 6.0);
  EXPECT_THAT(relu(input({2, 3})).shape(), ElementsAre(kUnknown, 2, 3));
}

TEST(ReLUTest, TakesOneInput) {
  EXPECT_THAT([] { ReLU().output_shapes({{1}, {1}}); }, ThrowsMessage<ShapeError>(HasSubstr("given 2")));
}

TEST(LeakyReLUTest, UnderstandsKeras2) {
  const auto slope = [](const Json& config) {
    return dynamic_cast<const LeakyReLU&>(*LeakyReLU::from_config(config)).options().negative_slope;
  };
  EXPECT_EQ(slope({{"alpha", 0.2}}), 0.2);
  EXPECT_EQ(slope(Json::object()), 0.3);
  EXPECT_THAT([] { LeakyReLU({.negative_slope = -0.1}); },
              ThrowsMessage<ValueError>(HasSubstr("negative_slope")));
}

TEST(SoftmaxTest, AxisIsWithinTheShape) {
  EXPECT_THAT(softmax(input({2, 3}), {.axis = 1}).shape(), ElementsAre(kUnknown, 2, 3));
  EXPECT_THAT([] { softmax(input({3}), {.axis = 2}); }, ThrowsMessage<ShapeError>(HasSubstr("axis 2")));
}

TEST(RescalingTest, OptionsAreFinite) {
  EXPECT_THROW(Rescaling({.scale = std::numeric_limits<double>::infinity()}), ValueError);
  EXPECT_THAT(
      [] {
        Rescaling::from_config({{"name", "r"}, {"scale", "large"}});
      },
      ThrowsMessage<InputError>(HasSubstr("'scale'")));
}

}  // namespace
}  // namespace nudge::layers
