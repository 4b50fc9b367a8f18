#include "nudge/base/array.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "nudge/base/error.h"

namespace nudge {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(DataType, HasNumpysNameAndSize) {
  const std::pair<const char*, size_t> known[] = {{"float32", 4}, {"float64", 8}, {"int8", 1},  {"uint8", 1},
                                                  {"int16", 2},   {"int32", 4},   {"int64", 8}, {"bool", 1}};
  for (const auto& [name, size] : known) {
    const DataType type = data_type_from_string(name);
    EXPECT_EQ(to_string(type), name);
    EXPECT_EQ(size_of(type), size) << name;
  }
  EXPECT_THAT([] { data_type_from_string("float8"); }, ThrowsMessage<ValueError>(HasSubstr("'float8'")));
}

TEST(Array, StartsAsAlignedZeros) {
  const Array array({3, 5}, DataType::kInt16);
  EXPECT_FALSE(array.empty());
  EXPECT_EQ(array.size(), 15);
  EXPECT_EQ(array.byte_size(), 30u);
  EXPECT_THAT(array.span<int16_t>(), Each(0));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(array.bytes()) % 64, 0u);
}

TEST(Array, EmptyMeansNoDataRatherThanNoElements) {
  EXPECT_TRUE(Array().empty());
  EXPECT_TRUE(Array().clone().empty());
  const Array none({0, 3});
  EXPECT_FALSE(none.empty());
  EXPECT_EQ(none.size(), 0);
}

TEST(Array, HoldsTheValuesGiven) {
  EXPECT_THAT(Array::of<int32_t>({2, 2}, {1, 2, 3, 4}).span<int32_t>(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(Array::of<bool>({2}, {true, false}).span<bool>(), ElementsAre(true, false));
  EXPECT_THAT(Array::full<uint8_t>({2}, 7).span<uint8_t>(), ElementsAre(7, 7));
  const Array scalar = Array::scalar(2.5f);
  EXPECT_EQ(scalar.shape(), Shape{});
  EXPECT_THAT(scalar.span<float>(), ElementsAre(2.5f));
  EXPECT_THAT(([] {
                Array::of<float>({2, 3}, {1, 2});
              }),
              ThrowsMessage<ShapeError>(HasSubstr("2 values given for shape (2, 3)")));
}

TEST(Array, CopiesShareAndClonesDoNot) {
  Array array = Array::of<float>({2}, {1, 2});
  const Array shared = array, separate = array.clone();
  array.data<float>()[0] = 9;
  EXPECT_THAT(shared.span<float>(), ElementsAre(9, 2));
  EXPECT_THAT(separate.span<float>(), ElementsAre(1, 2));
  EXPECT_EQ(separate.shape(), array.shape());
}

TEST(Array, IsReadAsItsOwnTypeOnly) {
  const Array array({1}, DataType::kInt8);
  EXPECT_THAT([&] { array.data<float>(); },
              ThrowsMessage<ValueError>(HasSubstr("holds int8, read as float32")));
}

TEST(Array, ReshapeSharesTheBytes) {
  Array array = Array::of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Array view = array.reshape({3, 2});
  EXPECT_EQ(view.shape(), (Shape{3, 2}));
  EXPECT_EQ(view.bytes(), array.bytes());
  EXPECT_THAT([&] { array.reshape({4}); },
              ThrowsMessage<ShapeError>(HasSubstr("cannot reshape (2, 3) to (4,)")));
}

TEST(Array, SliceSharesRowsAndKeepsThemAlive) {
  Array rows;
  {
    const Array array = Array::of<int64_t>({4, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
    rows = array.slice(1, 3);
    EXPECT_EQ(rows.bytes(), array.bytes() + 16);
    EXPECT_EQ(array.slice(4, 4).size(), 0);
  }
  EXPECT_EQ(rows.shape(), (Shape{2, 2}));
  EXPECT_THAT(rows.span<int64_t>(), ElementsAre(2, 3, 4, 5));
  EXPECT_THAT(rows.slice(1, 2).span<int64_t>(), ElementsAre(4, 5));
  EXPECT_THAT(rows.clone().span<int64_t>(), ElementsAre(2, 3, 4, 5));
}

TEST(Array, RowsOutsideAreRefused) {
  const Array array({4, 2});
  for (const auto& [begin, end] : {std::pair(-1, 2), std::pair(3, 2), std::pair(0, 5)}) {
    EXPECT_THROW(array.slice(begin, end), ShapeError) << begin << " to " << end;
  }
  EXPECT_THROW(Array::scalar(1.0f).slice(0, 1), ShapeError);
}

TEST(Array, ImpossibleShapesAreRefused) {
  EXPECT_THROW(Array({kUnknown, 3}), ShapeError);
  EXPECT_THROW(Array({-2}), ShapeError);
  // The elements can be counted, their bytes cannot.
  const int64_t many = std::numeric_limits<int64_t>::max() / 2;
  EXPECT_THAT([&] { Array array({many}); }, ThrowsMessage<ShapeError>(HasSubstr("too large")));
}

TEST(Array, IdenticalComparesTypeShapeAndBytes) {
  const Array array = Array::of<int32_t>({2}, {1, 2});
  EXPECT_TRUE(identical(array, array.clone()));
  EXPECT_FALSE(identical(array, Array::of<int32_t>({2}, {1, 3})));
  EXPECT_FALSE(identical(array, array.reshape({1, 2})));
  EXPECT_FALSE(identical(Array({1}, DataType::kInt32), Array({1}, DataType::kFloat32)));
  EXPECT_TRUE(identical(Array(), Array()));
  EXPECT_FALSE(identical(Array(), array));
}

}  // namespace
}  // namespace nudge
