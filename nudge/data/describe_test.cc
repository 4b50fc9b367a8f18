#include "nudge/data/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/data/flowers.h"
#include "nudge/data/test_folder.h"

namespace nudge::data {
namespace {

TEST(Describe, CountsClassesSplitsAndSizes) {
  const TestFolder folder;
  folder.put_picture("train/a/1.png", 1, 4, 6);
  folder.put_picture("train/b/1.png", 1, 9, 2);
  folder.put_picture("train/b/2.png", 1, 5, 5);
  folder.put_picture("test/b/3.png", 1, 5, 5);
  const Description description = describe(*open_source(folder.path()));
  EXPECT_EQ(description.count, 4);
  ASSERT_EQ(description.classes.size(), 2u);
  EXPECT_EQ(description.classes[0].name, "a");
  EXPECT_EQ(description.classes[0].train, 1);
  EXPECT_EQ(description.classes[1].train, 2);
  EXPECT_EQ(description.classes[1].test, 1);
  EXPECT_EQ(description.smallest, (ImageSize{4, 2}));
  EXPECT_EQ(description.largest, (ImageSize{9, 6}));
  const Json json = to_json(description);
  EXPECT_EQ(json["source"], folder.path());
  EXPECT_EQ(json["classes"][1]["test"], 1);
  EXPECT_EQ(json["largest"]["height"], 9);
}

TEST(Describe, DrawnPicturesHaveNoSize) {
  const Json json = to_json(describe(*make_flowers({.count = 10})));
  EXPECT_EQ(json["count"], 10);
  EXPECT_TRUE(json["smallest"].is_null());
}

TEST(Describe, NamesFilesThatAreNoImages) {
  const TestFolder folder;
  folder.put_picture("a/1.png");
  folder.put_picture("b/2.png");
  folder.put("b/1.jpg", "");
  const Description description = describe(*open_source(folder.path()));
  EXPECT_EQ(description.count, 3);
  EXPECT_THAT(description.damaged, testing::ElementsAre(testing::HasSubstr("b/1.jpg: the image is empty")));
  EXPECT_EQ(description.classes[1].train + description.classes[1].validation + description.classes[1].test,
            1);
}

TEST(Describe, SaysHowEvenTheClassesAre) {
  const TestFolder folder;
  for (const char* name :
       {"train/a/1.png", "train/a/2.png", "train/a/3.png", "train/b/1.png", "train/b/2.png"}) {
    folder.put_picture(name);
  }
  EXPECT_DOUBLE_EQ(describe(*open_source(folder.path())).imbalance, 1.5);
  EXPECT_EQ(to_json(describe(*make_flowers({.count = 40})))["damaged"], Json::array());
}

}  // namespace
}  // namespace nudge::data
