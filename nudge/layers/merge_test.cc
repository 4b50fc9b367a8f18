#include "nudge/layers/merge.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/concatenate.h"
#include "nudge/ops/broadcast.h"
#include "nudge/ops/program.h"

namespace nudge::layers {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(MergeTest, BroadcastsFromTheBack) {
  EXPECT_THAT(add({input({4, 4, 3}), input({4, 4, 3}), input({4, 4, 3})}).shape(),
              ElementsAre(kUnknown, 4, 4, 3));
  EXPECT_THAT(multiply({input({4, 4, 3}), input({1, 1, 3})}).shape(), ElementsAre(kUnknown, 4, 4, 3));
  EXPECT_THAT(maximum({input({1, 3}), input({4, 3})}).shape(), ElementsAre(kUnknown, 4, 3));
  EXPECT_EQ(ops::broadcast_shape("", {{4, 3}, {3}}), (Shape{4, 3}));
}

TEST(MergeTest, CombinesTwoAtATime) {
  const Tensor a = input({3}), b = input({3}), c = input({3});
  const ops::Program program = ops::expand(make_model({a, b, c}, {add({a, b, c}, {.name = "sum"})}));
  ASSERT_EQ(program.operations.size(), 2U);
  EXPECT_EQ(program.operations[1].inputs.front(), program.operations[0].output);
  EXPECT_EQ(program.value(program.operations[0].output).place, "of_2")
      << "a value with a quantizer of its own";
}

TEST(MergeTest, RefusesShapesThatDiffer) {
  EXPECT_THAT(
      [] {
        add({input({4, 4, 3}), input({4, 5, 3})}, {.name = "a"});
      },
      ThrowsMessage<ShapeError>(
          AllOf(HasSubstr("layer 'a' (Add)"), HasSubstr("(None, 4, 4, 3)"), HasSubstr("(None, 4, 5, 3)"))));
  EXPECT_THAT([] { add({input({3})}); },
              ThrowsMessage<ShapeError>(HasSubstr("at least two inputs, given 1")));
}

TEST(ConcatenateTest, SumsTheAxis) {
  EXPECT_THAT(concatenate({input({4, 4, 3}), input({4, 4, 5})}).shape(), ElementsAre(kUnknown, 4, 4, 8));
  EXPECT_THAT(concatenate({input({4, 4, 3}), input({2, 4, 3})}, {.axis = 1}).shape(),
              ElementsAre(kUnknown, 6, 4, 3));
}

TEST(ConcatenateTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT(
      [] {
        concatenate({input({4, 3}), input({5, 3})}, {.name = "c"});
      },
      ThrowsMessage<ShapeError>(AllOf(HasSubstr("layer 'c' (Concatenate)"),
                                      HasSubstr("in all but dimension 2"), HasSubstr("(None, 5, 3)"))));
  EXPECT_THROW(concatenate({input({4, 3}), input({3})}), ShapeError);
  EXPECT_THAT([] { concatenate({input({3})}); }, ThrowsMessage<ShapeError>(HasSubstr("two inputs")));
  EXPECT_THAT(
      [] {
        concatenate({input({3}), input({3})}, {.axis = 0});
      },
      ThrowsMessage<UnsupportedError>(HasSubstr("batch")));
  EXPECT_THAT(
      [] {
        concatenate({input({3}), input({3})}, {.axis = 2});
      },
      ThrowsMessage<ShapeError>(HasSubstr("axis 2")));
}

}  // namespace
}  // namespace nudge::layers
