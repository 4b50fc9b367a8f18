#include "nudge/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "nudge/base/error.h"

namespace nudge {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class File : public testing::Test {
 protected:
  File() {
    std::string pattern = (fs::temp_directory_path() / "nudge_base_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~File() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(folder_)) all.push_back(entry.path().filename());
    return all;
  }

  std::string folder_;
};

TEST_F(File, ComesBackAsWritten) {
  const std::string content("one\0two\n\xff", 9);
  write_file(path("a"), content);
  EXPECT_EQ(read_text_file(path("a")), content);
  const std::vector<std::byte> bytes = read_file(path("a"));
  EXPECT_EQ(bytes.size(), content.size());
  write_file(path("a"), std::span(bytes).first(3));
  EXPECT_EQ(read_text_file(path("a")), "one");
  write_file(path("a"), std::string());
  EXPECT_THAT(read_file(path("a")), IsEmpty());
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(File, UnreadableFilesAreNamedWithTheCause) {
  EXPECT_THAT([&] { read_file(path("none")); },
              ThrowsMessage<InputError>(AllOf(HasSubstr(path("none")), HasSubstr("No such file"))));
  EXPECT_THAT([&] { read_text_file(folder_); },
              ThrowsMessage<InputError>(AllOf(HasSubstr(folder_), HasSubstr("is a folder"))));
}

TEST_F(File, UnwritablePathsAreNamedAndLeaveNothing) {
  EXPECT_THAT([&] { write_file(path("none/a"), "text"); },
              ThrowsMessage<OutputError>(AllOf(HasSubstr(path("none/a:")), HasSubstr("No such file"))));
  fs::create_directory(path("taken"));
  EXPECT_THROW(write_file(path("taken"), "text"), OutputError);
  EXPECT_THAT(names(), ElementsAre("taken"));
}

TEST_F(File, AWriterThatThrowsLeavesTheOldFile) {
  write_file(path("a"), "old");
  const auto failing = [&](const std::string& temporary) {
    write_file(temporary, "half of the n");
    EXPECT_EQ(fs::path(temporary).parent_path(), folder_);
    throw NumericError("gone wrong");
  };
  EXPECT_THROW(write_file_with(path("a"), failing), NumericError);
  EXPECT_EQ(read_text_file(path("a")), "old");
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(File, AWriterThatWritesNothingIsAnError) {
  EXPECT_THROW(write_file_with(path("a"), [](const std::string&) {}), OutputError);
  EXPECT_THAT(names(), IsEmpty());
}

// A limit on the size of files stands for a full disk.
TEST_F(File, AFullDiskLeavesTheOldFile) {
  write_file(path("a"), "old");
  const auto write_too_much = [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 1000, .rlim_max = 1000};
    ::setrlimit(RLIMIT_FSIZE, &small);
    try {
      write_file(path("a"), std::string(5000, 'x'));
    } catch (const OutputError&) {
      std::_Exit(3);
    }
    std::_Exit(0);
  };
  EXPECT_EXIT(write_too_much(), testing::ExitedWithCode(3), "");
  EXPECT_EQ(read_text_file(path("a")), "old");
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(File, ALinkStaysALinkToWhatIsWritten) {
  write_file(path("a"), "old");
  fs::create_symlink("a", path("link"));
  check_writable(path("link"));
  write_file(path("link"), "new");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(read_text_file(path("a")), "new");
  EXPECT_EQ(names().size(), 2U);
}

TEST_F(File, AFileKeepsItsMode) {
  write_file(path("a"), "old");
  const auto mine = fs::perms::owner_read | fs::perms::owner_write;
  fs::permissions(path("a"), mine);
  write_file(path("a"), "new");
  EXPECT_EQ(fs::status(path("a")).permissions(), mine);
  EXPECT_EQ(read_text_file(path("a")), "new");
}

TEST_F(File, ADeviceIsWrittenToAndNotReplaced) {
  check_writable("/dev/null");
  write_file("/dev/null", "text");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_THAT([] { write_file("/dev/full", "text"); },
              ThrowsMessage<OutputError>(HasSubstr("No space left")));
  EXPECT_THAT([] { write_file_with("/dev/null", [](const std::string&) {}); },
              ThrowsMessage<OutputError>(HasSubstr("is a device")));
}

TEST_F(File, FoldersAreMadeWithTheirParents) {
  make_folder(path("a/b/c"));
  make_folder(path("a/b/c"));
  EXPECT_TRUE(fs::is_directory(path("a/b/c")));
  write_file(path("file"), "text");
  EXPECT_THAT([&] { make_folder(path("file/x")); },
              ThrowsMessage<OutputError>(AllOf(HasSubstr(path("file/x")), HasSubstr("cannot be made"))));
  EXPECT_THROW(make_folder(path("file")), OutputError);
}

TEST_F(File, CheckWritableTellsEarlyAndTouchesNothing) {
  write_file(path("a"), "old");
  check_writable(path("a"));
  check_writable(path("new"));
  EXPECT_EQ(read_text_file(path("a")), "old");
  EXPECT_THAT(names(), ElementsAre("a"));
  EXPECT_THROW(check_writable(path("none/a")), OutputError);
  EXPECT_THAT([&] { check_writable(folder_); }, ThrowsMessage<OutputError>(HasSubstr("is a folder")));
  EXPECT_THROW(check_writable("/dev/null/a"), OutputError);
}

}  // namespace
}  // namespace nudge
