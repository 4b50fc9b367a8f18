#include "nudge/base/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace elsewhere {

// A function of the same name in the caller's namespace hides none of a shape's.
[[maybe_unused]] std::string to_string(bool value) { return value ? "yes" : "no"; }

std::string described(const nudge::Shape& shape) {
  return to_string(shape) + " of " + std::to_string(element_count(with_batch(shape, 2)));
}

}  // namespace elsewhere

namespace nudge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Shape, IsPrintedAsAPythonTuple) {
  EXPECT_EQ(to_string(Shape{}), "()");
  EXPECT_EQ(to_string(Shape{5}), "(5,)");
  EXPECT_EQ(to_string(Shape{kUnknown, 224, 224, 3}), "(None, 224, 224, 3)");
}

TEST(Shape, HasItsFunctionsFoundFromEveryNamespace) {
  EXPECT_EQ(elsewhere::described({kUnknown, 5}), "(None, 5) of 10");
}

TEST(Shape, IsASequenceOfDimensions) {
  Shape shape{kUnknown, 4};
  shape.push_back(3);
  shape.insert(shape.begin() + 1, 7);
  shape[2] = 5;
  EXPECT_THAT(shape, ElementsAre(kUnknown, 7, 5, 3));
  EXPECT_EQ(shape.front(), kUnknown);
  EXPECT_EQ(shape.back(), 3);
  EXPECT_EQ(Shape(shape.begin() + 1, shape.end()), (Shape{7, 5, 3}));
  EXPECT_NE(shape, Shape(4, 1));
  EXPECT_EQ(Shape(2, 1), (Shape{1, 1}));
  EXPECT_THROW(shape.at(4), std::out_of_range);
  shape.erase(shape.begin());
  shape.resize(2);
  shape.pop_back();
  EXPECT_EQ(shape, Shape{7});
  shape.clear();
  EXPECT_TRUE(shape.empty());
  EXPECT_EQ(element_count(shape), 1) << "a scalar";
}

TEST(Shape, CountsItsElements) {
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({2, 3, 4}), 24);
  EXPECT_EQ(element_count({5, 0}), 0);
}

TEST(Shape, WithoutADefiniteSizeIsRefused) {
  EXPECT_THAT(
      [] {
        element_count({kUnknown, 3});
      },
      ThrowsMessage<ShapeError>(HasSubstr("(None, 3) has no definite size")));
  EXPECT_THROW(element_count({2, -3}), ShapeError);
  EXPECT_THAT(
      [] {
        element_count({int64_t{1} << 32, int64_t{1} << 31});
      },
      ThrowsMessage<ShapeError>(HasSubstr("too large")));
}

TEST(Shape, TakesAnotherBatch) {
  EXPECT_EQ(with_batch({kUnknown, 4}, 8), (Shape{8, 4}));
  EXPECT_THROW(with_batch({}, 8), ShapeError);
}

}  // namespace
}  // namespace nudge
