#include "nudge/layers/reshape.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/flatten.h"
#include "nudge/layers/up_sampling2d.h"
#include "nudge/layers/zero_padding2d.h"

namespace nudge::layers {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(FlattenTest, KeepsTheBatch) {
  EXPECT_THAT(flatten(input({4, 5, 3})).shape(), ElementsAre(kUnknown, 60));
  EXPECT_EQ(Flatten().output_shapes({{8}}), (std::vector<Shape>{{8, 1}}));
  EXPECT_THROW(Flatten().output_shapes({{}}), ShapeError);
  EXPECT_THROW(Flatten().output_shapes({{kUnknown, kUnknown, 3}}), ShapeError);
}

TEST(ReshapeTest, FindsTheOpenDimension) {
  EXPECT_THAT(reshape(input({1, 1, 6}), {.target_shape = {6}}).shape(), ElementsAre(kUnknown, 6));
  EXPECT_THAT(reshape(input({4, 6}), {.target_shape = {-1, 8}}).shape(), ElementsAre(kUnknown, 3, 8));
  EXPECT_THAT(reshape(input({1}), {.target_shape = {}}).shape(), ElementsAre(kUnknown));
}

TEST(ReshapeTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT([] { Reshape({.target_shape = {-1, -1}}); }, ThrowsMessage<ValueError>(HasSubstr("[-1,-1]")));
  EXPECT_THROW(Reshape({.target_shape = {0}}), ValueError);
  EXPECT_THAT(
      [] {
        reshape(input({4, 6}), {.target_shape = {-1, 7}, .name = "r"});
      },
      ThrowsMessage<ShapeError>(
          AllOf(HasSubstr("layer 'r' (Reshape)"), HasSubstr("[-1,7]"), HasSubstr("(None, 4, 6)"))));
  EXPECT_THROW(reshape(input({4, 6}), {.target_shape = {23}}), ShapeError);
  EXPECT_THROW(Reshape({.target_shape = {1}}).output_shapes({{}}), ShapeError);
}

TEST(ZeroPadding2DTest, PadsEachSide) {
  EXPECT_THAT(zero_padding2d(input({4, 5, 3})).shape(), ElementsAre(kUnknown, 6, 7, 3));
  EXPECT_THAT(zero_padding2d(input({4, 5, 3}), {.top = 0, .bottom = 1, .left = 2, .right = 3}).shape(),
              ElementsAre(kUnknown, 5, 10, 3));
}

TEST(ZeroPadding2DTest, ReadsKerasThreeForms) {
  const auto shape = [](Json padding) {
    return ZeroPadding2D::from_config({{"padding", std::move(padding)}})->call(input({4, 5, 3})).shape();
  };
  EXPECT_THAT(shape(2), ElementsAre(kUnknown, 8, 9, 3));
  EXPECT_THAT(shape({1, 2}), ElementsAre(kUnknown, 6, 9, 3));
  EXPECT_THAT(shape({{0, 1}, {2, 3}}), ElementsAre(kUnknown, 5, 10, 3));
  EXPECT_THAT([&] { shape("same"); }, ThrowsMessage<InputError>(HasSubstr("'padding'")));
  EXPECT_THAT([&] { shape({1, 2, 3}); }, ThrowsMessage<InputError>(HasSubstr("[1,2,3]")));
  EXPECT_THROW(shape({{1, 2, 3}, {1, 2}}), InputError);
}

TEST(ZeroPadding2DTest, RefusesNegativePadding) {
  EXPECT_THAT([] { ZeroPadding2D({.left = -1}); }, ThrowsMessage<ValueError>(HasSubstr("given -1")));
}

TEST(UpSampling2DTest, MultipliesTheSize) {
  EXPECT_THAT(up_sampling2d(input({4, 5, 3}), {.size = {2, 3}}).shape(), ElementsAre(kUnknown, 8, 15, 3));
  EXPECT_THAT([] { UpSampling2D({.size = 0}); }, ThrowsMessage<ValueError>(HasSubstr("size")));
  EXPECT_THAT(
      [] {
        UpSampling2D::from_config({{"interpolation", "lanczos3"}});
      },
      ThrowsMessage<UnsupportedError>(HasSubstr("lanczos3")));
}

}  // namespace
}  // namespace nudge::layers
