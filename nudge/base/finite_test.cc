#include "nudge/base/finite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "nudge/base/error.h"

namespace nudge {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Finite, NamesTheFirstValueThatIsNot) {
  Array array = Array::full<float>({2, 3, 4}, 3.0e38F);
  EXPECT_EQ(first_not_finite(array), "");
  array.data<float>()[23] = -kInfinity;
  EXPECT_EQ(first_not_finite(array), "[1, 2, 3] is -inf");
  array.data<float>()[6] = kNan;
  EXPECT_EQ(first_not_finite(array), "[0, 1, 2] is nan");
  EXPECT_THAT(
      [&] { check_finite(array, "x.npz: array x"); },
      ::testing::ThrowsMessage<InputError>("x.npz: array x: [0, 1, 2] is nan, all values must be finite"));
}

TEST(Finite, EveryPlaceOfALargeArrayIsLookedAt) {
  constexpr int64_t kSize = 5000;
  for (const int64_t at : {0, 1, 1023, 1024, 1025, 4095, 4999}) {
    Array array({kSize}, DataType::kFloat64);
    array.data<double>()[at] = std::numeric_limits<double>::infinity();
    EXPECT_EQ(first_not_finite(array), "[" + std::to_string(at) + "] is inf");
  }
}

TEST(Finite, ScalarsEmptyArraysAndIntegers) {
  EXPECT_EQ(first_not_finite(Array::scalar<float>(kNan)), "[] is nan");
  EXPECT_EQ(first_not_finite(Array()), "");
  EXPECT_EQ(first_not_finite(Array(Shape{0, 3})), "");
  EXPECT_EQ(first_not_finite(Array::full<int32_t>({2}, 7)), "");
}

}  // namespace
}  // namespace nudge
