#include "nudge/data/split.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "nudge/base/random.h"
#include "nudge/data/source.h"
#include "nudge/data/test_folder.h"

namespace nudge::data {
namespace {

using testing::HasSubstr;

struct Items {
  std::vector<std::string> names;
  std::vector<int32_t> labels;
};

Items items_of(int classes, int each, uint64_t seed) {
  Items items;
  for (int c = 0; c < classes; ++c) {
    for (int i = 0; i < each; ++i) {
      items.names.push_back(fmt::format("{}/{}/{}.jpg", seed, c, i));
      items.labels.push_back(c);
    }
  }
  return items;
}

TEST(Split, EveryClassOfThreeOrMoreHasSomeOfEachPart) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    for (const int each : {3, 4, 10, 20}) {
      const Items items = items_of(4, each, seed);
      const std::vector<Split> splits = balanced_splits(items.names, items.labels);
      std::map<int32_t, std::set<Split>> parts;
      for (size_t i = 0; i < splits.size(); ++i) parts[items.labels[i]].insert(splits[i]);
      for (const auto& [label, has] : parts) EXPECT_EQ(has.size(), 3u) << seed << " " << each;
    }
  }
}

TEST(Split, ClassesThatHaveSomeOfEachPartAreLeftAsTheyAre) {
  int untouched = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Items items = items_of(3, 30, seed);
    const std::vector<Split> splits = balanced_splits(items.names, items.labels);
    for (int32_t c = 0; c < 3; ++c) {
      std::set<Split> by_name;
      int moved = 0;
      for (size_t i = 0; i < splits.size(); ++i) {
        if (items.labels[i] != c) continue;
        by_name.insert(split_of(items.names[i]));
        moved += splits[i] != split_of(items.names[i]) ? 1 : 0;
      }
      EXPECT_EQ(static_cast<size_t>(moved), 3 - by_name.size());
      untouched += moved == 0 ? 1 : 0;
    }
  }
  EXPECT_GT(untouched, 0);
}

TEST(Split, TheItemOfLowestHashMoves) {
  const Items items = items_of(1, 6, 1);
  std::vector<Split> by_name;
  for (const std::string& name : items.names) by_name.push_back(split_of(name));
  const std::vector<Split> splits = balanced_splits(items.names, items.labels);
  size_t lowest = items.names.size();
  for (size_t i = 0; i < items.names.size(); ++i) {
    if (by_name[i] != Split::kTrain) continue;
    if (lowest == items.names.size() || stable_hash(items.names[i]) < stable_hash(items.names[lowest]))
      lowest = i;
  }
  ASSERT_LT(lowest, items.names.size());
  EXPECT_NE(splits[lowest], Split::kTrain);
}

TEST(Split, TinyClassesKeepTheirNamesPart) {
  const Items items = items_of(3, 2, 7);
  const std::vector<Split> splits = balanced_splits(items.names, items.labels);
  for (size_t i = 0; i < splits.size(); ++i) EXPECT_EQ(splits[i], split_of(items.names[i]));
}

std::string warnings_of(const std::string& path) {
  testing::internal::CaptureStderr();
  open_source(path);
  return testing::internal::GetCapturedStderr();
}

TEST(Split, ClassesWithoutValidationOrTestImagesAreNamed) {
  const TestFolder folder;
  for (const char* name : {"train/a/1.png", "train/b/1.png", "train/c/1.png", "test/a/2.png"}) {
    folder.put_picture(name);
  }
  std::string said = warnings_of(folder.path());
  EXPECT_THAT(said, HasSubstr("no test images of b, c"));
  EXPECT_THAT(said, testing::Not(HasSubstr("validation")));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1);
  folder.put_picture("test/b/3.png");
  folder.put_picture("test/c/3.png");
  EXPECT_EQ(warnings_of(folder.path()), "");

  const TestFolder tiny;
  for (int c = 0; c < 8; ++c) tiny.put_picture(fmt::format("class{}/only.png", c));
  said = warnings_of(tiny.path());
  EXPECT_THAT(said, HasSubstr("no test images of class0, "));
  EXPECT_THAT(said, HasSubstr("more classes"));
}

}  // namespace
}  // namespace nudge::data
