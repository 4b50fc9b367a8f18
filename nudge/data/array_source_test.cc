#include "nudge/data/array_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "nudge/base/error.h"
#include "nudge/data/describe.h"
#include "nudge/data/test_folder.h"

namespace nudge::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ArraySource, ItemsOfAFileArePicturesWithClasses) {
  const TestFolder folder;
  const std::string path = folder.path("set.npz");
  write_npz(path, {{"x", Array::of<uint8_t>({2, 1, 2, 1}, {10, 20, 30, 40})},
                   {"y", Array::of<int64_t>({2}, {0, 2})}});
  const auto source = open_source(path);
  EXPECT_THAT(source->class_names(), ElementsAre("0", "1", "2"));
  EXPECT_EQ(source->channels(), 1);
  EXPECT_EQ(source->label(1), 2);
  EXPECT_EQ(source->stored_size(0), (ImageSize{1, 2}));
  EXPECT_TRUE(identical(source->load(1, {1, 2}), Array::of<uint8_t>({1, 2, 1}, {30, 40})));
  EXPECT_TRUE(identical(source->load(1, {1, 1}), Array::of<uint8_t>({1, 1, 1}, {35})));
}

TEST(ArraySource, FloatsStayFloats) {
  const auto source = from_arrays({{"x", Array::of<float>({2, 1, 2}, {0.1f, 0.2f, 0.3f, 0.4f})},
                                   {"y", Array::of<uint8_t>({2, 1}, {0, 1})}});
  EXPECT_TRUE(identical(source->load(0, {1, 2}), Array::of<float>({1, 2, 1}, {0.1f, 0.2f})));
  EXPECT_EQ(source->pixel_type(), DataType::kFloat32);
}

TEST(ArraySource, ArraysOfAnyShapeAreSamples) {
  const auto source = from_arrays(
      {{"x", Array::of<float>({2, 3}, {1, 2, 3, 4, 5, 6})}, {"y", Array::of<int32_t>({2}, {0, 1})}});
  EXPECT_TRUE(identical(source->load_array(1, "x"), Array::of<float>({3}, {4, 5, 6})));
  EXPECT_FALSE(source->has_pictures());
  EXPECT_THAT([&] { source->load(0, {1, 1}); }, ThrowsMessage<InputError>(HasSubstr("no pictures")));
  EXPECT_THAT([&] { source->load_array(0, "z"); }, ThrowsMessage<InputError>(HasSubstr("no array z")));
  EXPECT_EQ(describe(*source).channels, 0);
}

TEST(ArraySource, NamedArraysNeedNoClasses) {
  const auto source = from_arrays({{"left", Array::full<uint8_t>({4, 2, 2, 3}, 7)},
                                   {"right", Array::of<double>({4}, {1, 2, 3, 4})},
                                   {"depth", Array::of<int64_t>({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8})},
                                   {"mask", Array({4, 2}, DataType::kBool)}},
                                  "the pairs");
  EXPECT_TRUE(source->class_names().empty());
  EXPECT_EQ(source->pixel_type(), DataType::kUInt8);
  EXPECT_THAT([&] { source->label(0); }, ThrowsMessage<InputError>(HasSubstr("the pairs: no array y")));
  EXPECT_THAT([&] { source->channels(); }, ThrowsMessage<InputError>(HasSubstr("no array x")));
  EXPECT_TRUE(identical(source->load_array(2, "right"), Array::of<float>({}, {3})));
  EXPECT_TRUE(identical(source->load_array(3, "depth"), Array::of<int32_t>({2}, {7, 8})));
  EXPECT_EQ(source->load_array(3, "mask").type(), DataType::kInt32);
  std::vector<std::string> names;
  for (const StoredArray& array : source->arrays()) names.push_back(array.name);
  EXPECT_THAT(names, ElementsAre("depth", "left", "mask", "right"));
  const Description description = describe(*source);
  EXPECT_EQ(description.count, 4);
  EXPECT_EQ(description.arrays.size(), 4U);
  EXPECT_FALSE(source->items(Split::kValidation).empty()) << "some in each part";
}

TEST(ArraySource, NumbersOfYAreNoClasses) {
  const Array x({3, 2});
  EXPECT_TRUE(from_arrays({{"x", x}, {"y", Array({3})}})->class_names().empty());
  EXPECT_TRUE(from_arrays({{"x", x}, {"y", Array({3, 2}, DataType::kInt32)}})->class_names().empty());
}

TEST(ArraySource, SaysWhatIsWrong) {
  const Array x = Array::full<uint8_t>({2, 3, 3, 3}, 1);
  const Array y = Array::of<int32_t>({2}, {0, 1});
  const auto expect = [](const Archive& arrays, const std::string& what) {
    EXPECT_THAT([&] { from_arrays(arrays, "set.npz"); },
                ThrowsMessage<InputError>(AllOf(HasSubstr("set.npz: "), HasSubstr(what))));
  };
  expect({}, "holds no arrays");
  expect({{"x", Array({2})}, {"y", y}}, "array x must be (N, ...)");
  expect({{"x", x}, {"y", Array({3}, DataType::kInt32)}}, "3 labels for the 2 images of x");
  expect({{"a", x}, {"b", Array({3})}}, "array b has 3 items, a has 2");
  expect({{"a", x}, {"b", Array(Shape{})}}, "array b holds no items");
  expect({{"x", x}, {"y", Array::of<int32_t>({2}, {-1, 1})}}, "from -1 to 1");
  expect({{"x", x}, {"y", Array({2}, DataType::kInt32)}}, "only one class");
  expect({{"x", x}, {"y", Array::of<int32_t>({2}, {1, 2})}},
         "labels go from 1 to 2, and none is 0; they must start at 0: take 1 away");
  expect({{"x", x}, {"y", Array::of<int64_t>({2}, {0, int64_t{1} << 40})}},
         "array y: 1099511627776 is out of range");
  Array measured = Array::full<float>({2, 3}, 1);
  measured.data<float>()[4] = std::numeric_limits<float>::quiet_NaN();
  expect({{"x", measured}, {"y", y}}, "array x: [1, 1] is nan, all values must be finite");
  expect({{"x", x}, {"y", y}, {"sample_weight", Array::of<double>({2}, {1, 1e300})}},
         "array sample_weight: 1e+300 is out of range");
  EXPECT_THAT(
      [&] {
        from_arrays({{"x", Array({2, 3, 3}, DataType::kInt32)}})->load(0, {3, 3});
      },
      ThrowsMessage<InputError>(HasSubstr("holds integers")));
}

}  // namespace
}  // namespace nudge::data
