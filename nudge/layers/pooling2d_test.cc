#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/average_pooling2d.h"
#include "nudge/layers/global_average_pooling2d.h"
#include "nudge/layers/global_max_pooling2d.h"
#include "nudge/layers/max_pooling2d.h"

namespace nudge::layers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Pooling2DTest, StridesFollowThePoolSize) {
  EXPECT_EQ(MaxPooling2D({.pool_size = {2, 3}}).options().strides, Size2(2, 3));
  EXPECT_THAT(max_pooling2d(input({9, 9, 2})).shape(), ElementsAre(kUnknown, 4, 4, 2));
  EXPECT_THAT(
      average_pooling2d(input({9, 9, 2}), {.pool_size = 3, .strides = 2, .padding = Padding::kSame}).shape(),
      ElementsAre(kUnknown, 5, 5, 2));
}

TEST(Pooling2DTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT([] { MaxPooling2D({.pool_size = 0}); }, ThrowsMessage<ValueError>(HasSubstr("pool_size")));
  EXPECT_THAT([] { AveragePooling2D({.strides = {0, 1}}); }, ThrowsMessage<ValueError>(HasSubstr("strides")));
  EXPECT_THAT(
      [] {
        max_pooling2d(input({1, 4, 2}), {.name = "p"});
      },
      ThrowsMessage<ShapeError>(HasSubstr("layer 'p' (MaxPooling2D): expected at least 2x2 pixels")));
  EXPECT_THROW(average_pooling2d(input({4, 4})), ShapeError);
}

TEST(GlobalPooling2DTest, KeepsDimensionsOnDemand) {
  EXPECT_THAT(global_average_pooling2d(input({7, 7, 5})).shape(), ElementsAre(kUnknown, 5));
  EXPECT_THAT(global_average_pooling2d(input({7, 7, 5}), {.keepdims = true}).shape(),
              ElementsAre(kUnknown, 1, 1, 5));
  EXPECT_THAT(global_max_pooling2d(input({7, 7, 5})).shape(), ElementsAre(kUnknown, 5));
}

TEST(GlobalPooling2DTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT([] { global_max_pooling2d(input({7})); }, ThrowsMessage<ShapeError>(HasSubstr("rank 4")));
  EXPECT_THROW(GlobalAveragePooling2D().output_shapes({{kUnknown, kUnknown, 7, 3}}), ShapeError);
}

}  // namespace
}  // namespace nudge::layers
