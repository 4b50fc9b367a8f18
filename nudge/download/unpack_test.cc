#include "nudge/download/unpack.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/download/test_archive.h"
#include "nudge/download/test_folder.h"

namespace nudge::download {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string make_archive(const TestFolder& folder, const std::vector<TestEntry>& entries) {
  return make_test_archive(folder.path("made.tgz"), entries);
}

TEST(Unpack, GivesTheFolderInTheArchiveItsName) {
  const TestFolder folder;
  const std::string archive = make_archive(folder, {{"photos/", "", AE_IFDIR},
                                                    {"photos/LICENSE.txt", "free"},
                                                    {"./photos/roses/1.jpg", "red"},
                                                    {"other.txt", "not below"}});
  unpack_archive(archive, folder.path("out"), {.root = "photos"});
  EXPECT_EQ(read_text_file(folder.path("out/LICENSE.txt")), "free");
  EXPECT_EQ(read_text_file(folder.path("out/roses/1.jpg")), "red");
  EXPECT_FALSE(fs::exists(folder.path("out/other.txt")));
  // Again: what is there stays.
  write_file(folder.path("out/LICENSE.txt"), std::string("mine"));
  unpack_archive(archive, folder.path("out"), {.root = "photos"});
  EXPECT_EQ(read_text_file(folder.path("out/LICENSE.txt")), "mine");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 2) << "nothing lies beside it";
}

TEST(Unpack, RefusesWhatIsNoFileBelowTheFolder) {
  const std::vector<std::pair<TestEntry, std::string>> bad = {
      {{"../out.txt", "x"}, "'../out.txt' leaves the folder"},
      {{"a/../../out.txt", "x"}, "leaves the folder"},
      {{"/out.txt", "x"}, "'/out.txt' leaves the folder"},
      {{"link", "", AE_IFLNK, "/etc"}, "'link' is a link"},
      {{"hard", "", AE_IFREG, "", "/etc/passwd"}, "'hard' is a link"},
      {{"pipe", "", AE_IFIFO}, "'pipe' is neither a file nor a folder"},
      {{"device", "", AE_IFCHR}, "'device' is neither a file nor a folder"},
      {{"first", "x"}, "'first' is there twice"},
  };
  for (const auto& [entry, why] : bad) {
    const TestFolder folder;
    const std::string archive = make_archive(folder, {{"first", "fine"}, entry});
    EXPECT_THAT([&] { unpack_archive(archive, folder.path("deep/out")); },
                ThrowsMessage<InputError>(AllOf(HasSubstr(archive), HasSubstr(why))));
    EXPECT_FALSE(fs::exists(folder.path("out.txt")));
    EXPECT_TRUE(fs::is_empty(folder.path("deep"))) << why;
  }
}

TEST(Unpack, StopsAtItsLimits) {
  const TestFolder folder;
  const std::string archive = make_archive(folder, {{"a", std::string(1'000'000, 'a')}, {"b", "b"}});
  EXPECT_LT(fs::file_size(archive), 10'000U);
  EXPECT_THAT([&] { unpack_archive(archive, folder.path("out"), {.max_bytes = 999'999}); },
              ThrowsMessage<InputError>(HasSubstr("unpacks to more than 999999 bytes")));
  EXPECT_THAT([&] { unpack_archive(archive, folder.path("out"), {.max_entries = 1}); },
              ThrowsMessage<InputError>(HasSubstr("holds more than 1 entries")));
  EXPECT_FALSE(fs::exists(folder.path("out")));
}

TEST(Unpack, RefusesWhatIsNoWholeArchive) {
  const TestFolder folder;
  std::string noise;
  for (int i = 0; i < 20'000; ++i) noise += std::to_string(i * 7919 % 10007);
  const std::string archive = make_archive(folder, {{"photos/a", noise}});
  std::string bytes = read_text_file(archive);
  write_file(archive, bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT([&] { unpack_archive(archive, folder.path("out")); },
              ThrowsMessage<InputError>(HasSubstr("damaged")));
  write_file(archive, std::string("no archive at all, but text of some length"));
  EXPECT_THROW(unpack_archive(archive, folder.path("out")), InputError);
  write_file(archive, bytes);
  EXPECT_THAT([&] { unpack_archive(archive, folder.path("out"), {.root = "pictures"}); },
              ThrowsMessage<InputError>(HasSubstr("has no folder 'pictures'")));
  EXPECT_FALSE(fs::exists(folder.path("out")));
}

}  // namespace
}  // namespace nudge::download
