#include "nudge/layers/dense.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::layers {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(DenseTest, ActsOnTheLastDimension) {
  EXPECT_THAT(dense(input({7}), {.units = 5}).shape(), ElementsAre(kUnknown, 5));
  const Tensor y = dense(input({4, 4, 7}), {.units = 5});
  EXPECT_THAT(y.shape(), ElementsAre(kUnknown, 4, 4, 5));
  EXPECT_THAT(y.layer().weight("kernel").shape, ElementsAre(7, 5));
  EXPECT_THAT(y.layer().weight("bias").shape, ElementsAre(5));
}

TEST(DenseTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT([] { Dense({.name = "d"}); }, ThrowsMessage<ValueError>(HasSubstr("layer 'd' (Dense): units")));
  const auto layer = std::make_shared<Dense>(DenseOptions{.units = 2, .name = "d"});
  EXPECT_THAT([&] { layer->output_shapes({{kUnknown}}); },
              ThrowsMessage<ShapeError>(AllOf(HasSubstr("layer 'd'"), HasSubstr("(None,)"))));
  EXPECT_THAT(
      [&] {
        layer->output_shapes({{kUnknown, kUnknown}});
      },
      ThrowsMessage<ShapeError>(HasSubstr("definite features")));
  layer->call(input({3}));
  EXPECT_THAT([&] { layer->call(input({4})); }, ThrowsMessage<ShapeError>(HasSubstr("the 3 features")));
}

TEST(DenseTest, CloneKeepsWeightsApart) {
  const Tensor y = dense(input({2}), {.units = 2, .name = "d"});
  y.node->layer->initialize(7);
  const LayerPtr copy = y.layer().clone();
  EXPECT_TRUE(identical(copy->weight("kernel").value, y.layer().weight("kernel").value));
  copy->weight("kernel").value.data<float>()[0] += 1;
  EXPECT_FALSE(identical(copy->weight("kernel").value, y.layer().weight("kernel").value));
}

}  // namespace
}  // namespace nudge::layers
