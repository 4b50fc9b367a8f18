#include "nudge/base/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Shape, IsPrintedAsAPythonTuple) {
  EXPECT_EQ(to_string(Shape{}), "()");
  EXPECT_EQ(to_string(Shape{5}), "(5,)");
  EXPECT_EQ(to_string(Shape{kUnknown, 224, 224, 3}), "(None, 224, 224, 3)");
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
