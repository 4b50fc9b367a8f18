#include "nudge/data/record_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/data/test_folder.h"

namespace nudge::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

TEST(RecordFiles, AreToldByTheirNames) {
  for (const char* name :
       {"a.tfrecord", "x/a.tfrecords", "a-train.tfrecord-00000-of-00012", "train-00003-of-00004"}) {
    EXPECT_TRUE(is_record_file(name)) << name;
  }
  for (const char* name : {"a.npz", "train", "x.tfrecord/photo.jpg", "train-3-of-4", "train-00004-of-00004",
                           "-of-", "a-of-00001"}) {
    EXPECT_FALSE(is_record_file(name)) << name;
  }
}

TEST(RecordFiles, AreFoundByPatternFolderAndStem) {
  const TestFolder folder;
  for (const char* name :
       {"b-00001-of-00002", "b-00000-of-00002", "a.tfrecord", "notes.txt", ".a.tfrecord"}) {
    folder.put(name, "");
  }
  const std::string a = folder.path("a.tfrecord"), b0 = folder.path("b-00000-of-00002"),
                    b1 = folder.path("b-00001-of-00002");
  EXPECT_THAT(record_files(folder.path()), ElementsAre(a, b0, b1));
  EXPECT_THAT(record_files(folder.path("b")), ElementsAre(b0, b1));
  EXPECT_THAT(record_files(folder.path("*")), ElementsAre(a, b0, b1));
  EXPECT_THAT(record_files(folder.path("b*1-*")), ElementsAre(b1));
  EXPECT_THAT(record_files(folder.path("*.txt")), IsEmpty());
  EXPECT_THAT(record_files(b1), ElementsAre(b1));
  EXPECT_THAT(record_files(folder.path("c")), IsEmpty());
  EXPECT_THAT(record_files(folder.path("notes.txt")), IsEmpty());
}

TEST(RecordFiles, AMissingShardIsNamed) {
  const TestFolder folder;
  folder.put("a.tfrecord-00000-of-00003", "");
  folder.put("a.tfrecord-00002-of-00003", "");
  const auto missing =
      ThrowsMessage<InputError>(HasSubstr("a.tfrecord-00001-of-00003: is missing, 2 of 3 shards are there"));
  EXPECT_THAT([&] { record_files(folder.path()); }, missing);
  EXPECT_THAT([&] { record_files(folder.path("a.tfrecord")); }, missing);
  EXPECT_EQ(record_files(folder.path("a.tfrecord-*")).size(), 2u);
}

}  // namespace
}  // namespace nudge::data
