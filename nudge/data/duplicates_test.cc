#include "nudge/data/duplicates.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "nudge/data/flowers.h"
#include "nudge/data/resize.h"
#include "nudge/data/test_folder.h"
#include "nudge/data/test_jpeg.h"

namespace nudge::data {
namespace {

using testing::IsEmpty;

Array flower(int64_t item, int64_t side = 96) {
  return draw_flower(static_cast<int32_t>(item % 5), 3, item, {side, side});
}

int64_t item_named(const Source& source, const std::string& name) {
  for (int64_t item = 0; item < source.size(); ++item) {
    if (source.item_name(item) == name) return item;
  }
  ADD_FAILURE() << name;
  return -1;
}

class DuplicatesTest : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 20; ++i) {
      put(fmt::format("train/{}/{}.png", i % 2 == 0 ? "a" : "b", i), encode_png(flower(i)));
      put(fmt::format("test/{}/{}.png", i % 2 == 0 ? "a" : "b", i), encode_png(flower(100 + i)));
    }
  }
  void put(const std::string& name, const std::string& content) const { folder_.put(name, content); }
  // The only pair between splits is that of train/a/4.png and this one.
  void expect_pair(const std::string& content, bool same) const {
    put("test/a/copy.jpg", content);
    const auto source = open_source(folder_.path());
    const Duplicates found = find_duplicates(*source);
    ASSERT_EQ(found.between_splits.size(), 1u);
    const Duplicate pair = found.between_splits[0];
    const int64_t copy = item_named(*source, "test/a/copy.jpg"), first = item_named(*source, "train/a/4.png");
    EXPECT_EQ(pair.first, std::min(copy, first));
    EXPECT_EQ(pair.second, std::max(copy, first));
    EXPECT_EQ(pair.same, same);
  }

  TestFolder folder_;
};

TEST_F(DuplicatesTest, DifferentPicturesAreNone) {
  const Duplicates found = find_duplicates(*open_source(folder_.path()));
  EXPECT_THAT(found.between_splits, IsEmpty());
  EXPECT_THAT(found.between_classes, IsEmpty());
  EXPECT_EQ(found.within, 0);
}

TEST_F(DuplicatesTest, ACopyIsFound) { expect_pair(encode_png(flower(4)), true); }

TEST_F(DuplicatesTest, ACopyPackedOtherwiseIsFound) { expect_pair(encode_jpeg(flower(4), 60), false); }

TEST_F(DuplicatesTest, ASmallerCopyIsFound) { expect_pair(encode_png(flower(4, 72)), false); }

TEST_F(DuplicatesTest, TheSamePictureInTwoClassesIsFound) {
  put("train/b/copy.png", encode_png(flower(4)));
  put("train/a/copy.png", encode_png(flower(6)));
  put("test/b/flat.png", encode_png(Array::full<uint8_t>({9, 9, 3}, 100)));
  put("train/b/flat.png", encode_png(Array::full<uint8_t>({9, 9, 3}, 100)));
  put("train/b/damaged.png", "no picture");
  const Duplicates found = find_duplicates(*open_source(folder_.path()));
  EXPECT_THAT(found.between_splits, IsEmpty());
  EXPECT_EQ(found.between_classes.size(), 1u);
  EXPECT_EQ(found.within, 1);
}

TEST(Duplicates, DrawnFlowersAreAllDifferent) {
  const Duplicates found = find_duplicates(*make_flowers({.count = 300}));
  EXPECT_THAT(found.between_splits, IsEmpty());
  EXPECT_EQ(found.within, 0);
}

}  // namespace
}  // namespace nudge::data
