#include "nudge/data/npy_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/data/describe.h"
#include "nudge/data/loader.h"
#include "nudge/data/npy.h"
#include "nudge/data/test_folder.h"

namespace nudge::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class NpyFiles : public testing::Test {
 protected:
  void put(const std::string& name, const Array& array) const {
    folder_.put(name, "");
    write_npy(folder_.path(name), array);
  }

  TestFolder folder_;
};

TEST_F(NpyFiles, AreSamplesOfAnyShape) {
  for (int i = 0; i < 6; ++i) {
    put(fmt::format("{}/{}.npy", i % 2 == 0 ? "off" : "on", i), Array::full<double>({3, 2}, i));
  }
  const auto source = open_source(folder_.path());
  EXPECT_THAT(source->class_names(), ElementsAre("off", "on"));
  EXPECT_FALSE(source->has_pictures());
  ASSERT_EQ(source->arrays().size(), 1u);
  EXPECT_EQ(source->arrays()[0].shape, (Shape{3, 2}));
  EXPECT_EQ(source->arrays()[0].type, DataType::kFloat32);
  EXPECT_EQ(source->item_name(4), "on/3.npy");
  EXPECT_TRUE(identical(source->load_array(4, "x"), Array::full<float>({3, 2}, 3)));
  EXPECT_EQ(describe(*source).count, 6);
  Loader loader(source, {.split = Split::kAll, .inputs = {{"x", {3, 2}}}, .batch = 6, .shuffle = false});
  const Batch batch = loader.next();
  EXPECT_EQ(batch.inputs[0].shape(), (Shape{6, 3, 2}));
  EXPECT_THAT(
      std::vector<int32_t>(batch.targets[0].span<int32_t>().begin(), batch.targets[0].span<int32_t>().end()),
      ElementsAre(0, 0, 0, 1, 1, 1));
}

TEST_F(NpyFiles, BytesArePictures) {
  put("a/1.npy", Array::full<uint8_t>({4, 6}, 7));
  put("a/2.npy", Array::full<uint8_t>({8, 3}, 9));
  put("b/1.npy", Array::full<uint8_t>({4, 6}, 11));
  const auto source = open_source(folder_.path());
  EXPECT_TRUE(source->has_pictures());
  EXPECT_EQ(source->channels(), 1);
  EXPECT_EQ(source->stored_size(1), (ImageSize{8, 3}));
  EXPECT_EQ(source->load(2, {2, 2}).shape(), (Shape{2, 2, 1}));
  EXPECT_EQ(source->load(2, {2, 2}).data<uint8_t>()[0], 11);
  put("b/1.npy", Array::full<uint8_t>({4, 6, 3}, 11));
  EXPECT_THAT(
      [&] {
        source->load(2, {2, 2});
      },
      ThrowsMessage<InputError>(HasSubstr("b/1.npy: is uint8 (4, 6, 3), no picture of 1 channels")));
}

TEST_F(NpyFiles, OneThatIsNotAsTheFirstIsLeftOut) {
  for (const char* name : {"a/1.npy", "a/2.npy", "b/1.npy", "b/2.npy"}) put(name, Array::full<float>({3}, 1));
  put("a/2.npy", Array::full<float>({4}, 1));
  folder_.put("b/1.npy", "damaged");
  const auto source = open_source(folder_.path());
  LoaderOptions options{.split = Split::kAll, .inputs = {{"x", {3}}}, .batch = 4, .shuffle = false};
  EXPECT_THROW(Loader(source, options).next(), InputError);
  options.skip_damaged = true;
  Loader loader(source, options);
  EXPECT_THAT(loader.next().items, ElementsAre(0, 3));
  EXPECT_THAT(loader.damaged(),
              ElementsAre(HasSubstr("a/2.npy: is float32 (4,), the first file of the source float32 (3,)"),
                          HasSubstr("b/1.npy: is no .npy array")));
}

TEST_F(NpyFiles, AFolderOfArraysIsAsAnArchiveOfThem) {
  put("x.npy", Array::full<float>({4, 2}, 1));
  put("y.npy", Array::of<int64_t>({4}, {0, 1, 0, 1}));
  const auto source = open_source(folder_.path());
  EXPECT_EQ(source->size(), 4);
  EXPECT_EQ(source->class_count(), 2);
  EXPECT_EQ(source->arrays().size(), 2u);
}

TEST_F(NpyFiles, KindsAreNotMixed) {
  put("a/1.npy", Array::full<float>({3}, 1));
  folder_.put_picture("b/1.png");
  EXPECT_THAT([&] { open_source(folder_.path()); },
              ThrowsMessage<InputError>(
                  HasSubstr("some classes hold images, others .npy arrays: a/1.npy and b/1.png")));
  // Beside images they are among what is left out.
  folder_.put_picture("a/2.png");
  EXPECT_EQ(open_source(folder_.path())->size(), 2);
}

}  // namespace
}  // namespace nudge::data
