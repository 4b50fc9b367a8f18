#include "nudge/data/shard_files.h"

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

bool is_part(const std::string& name) { return name.ends_with(".part"); }

TEST(ShardFiles, AreFoundByFileFolderPatternAndRange) {
  const TestFolder folder;
  for (const char* name : {"a-08.part", "a-09.part", "a-10.part", "b.part", "notes", ".c.part"})
    folder.put(name, "");
  const auto names = [&](const std::string& path) {
    std::vector<std::string> found;
    for (const std::string& file : shard_files(folder.path(path), is_part)) {
      found.push_back(std::filesystem::path(file).filename().string());
    }
    return found;
  };
  EXPECT_THAT(names(""), ElementsAre("a-08.part", "a-09.part", "a-10.part", "b.part"));
  EXPECT_THAT(names("b.part"), ElementsAre("b.part"));
  EXPECT_THAT(names("notes"), IsEmpty());
  EXPECT_THAT(names("none.part"), IsEmpty());
  EXPECT_THAT(names("a*0*"), ElementsAre("a-08.part", "a-09.part", "a-10.part"));
  EXPECT_THAT(names("*-*0.part"), ElementsAre("a-10.part"));
  EXPECT_THAT(names("a-{08..10}.part"), ElementsAre("a-08.part", "a-09.part", "a-10.part"));
  EXPECT_THAT(names("a-{x..10}.part"), IsEmpty());
  EXPECT_THAT([&] { names("a-{09..11}.part"); },
              ThrowsMessage<InputError>(HasSubstr("a-11.part: is missing of")));
  EXPECT_THAT([&] { names("a-{10..09}.part"); }, ThrowsMessage<InputError>(HasSubstr("a range goes up")));
  EXPECT_THAT([&] { names("a-{0..99999999999}.part"); },
              ThrowsMessage<InputError>(HasSubstr("a range goes up")));
}

}  // namespace
}  // namespace nudge::data
