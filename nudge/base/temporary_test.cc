#include "nudge/base/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"

namespace nudge {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;

class TemporaryFiles : public testing::Test {
 protected:
  std::vector<std::string> names(const std::string& folder = "") const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_.path(folder)))
      found.push_back(entry.path().filename().string());
    return found;
  }
  // The number of a process that has ended.
  static std::string gone() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return std::to_string(child);
  }

  TestFolder folder_;
};

TEST_F(TemporaryFiles, WhatADeadProcessLeftGoesAtTheNextWrite) {
  const std::string dead = gone();
  write_file(folder_.path("other.keras.nudge-tmp" + dead), "half");
  make_folder(folder_.path("photos.nudge-tmp" + dead + "/daisy"));
  const std::string alive = "x.nudge-tmp" + std::to_string(::getppid());
  fs::rename(folder_.path("other.keras.nudge-tmp" + dead), folder_.path("y.nudge-tmp" + dead));
  fs::copy(folder_.path("y.nudge-tmp" + dead), folder_.path(alive));
  // Somebody else's names.
  const std::vector<std::string> others{"a.tmp" + dead, "b.nudge-tmp", "c.nudge-tmp" + dead + "x"};
  for (const std::string& name : others) fs::copy(folder_.path(alive), folder_.path(name));
  write_file(folder_.path("a.keras"), "whole");
  EXPECT_THAT(names(), UnorderedElementsAre("a.keras", alive, others[0], others[1], others[2]));
}

TEST_F(TemporaryFiles, AFolderAppearsWhole) {
  write_folder_with(folder_.path("set/"), [&](const std::string& aside) {
    EXPECT_FALSE(fs::exists(folder_.path("set")));
    make_folder(aside + "/daisy");
    write_file(aside + "/daisy/0.png", "picture");
  });
  EXPECT_THAT(names(), ElementsAre("set"));
  EXPECT_EQ(read_text_file(folder_.path("set/daisy/0.png")), "picture");
}

TEST_F(TemporaryFiles, NewFilesJoinThoseThatAreThere) {
  make_folder(folder_.path("set/daisy"));
  write_file(folder_.path("set/daisy/0.png"), "old");
  write_file(folder_.path("set/daisy/mine.png"), "mine");
  write_folder_with(folder_.path("set"), [](const std::string& aside) {
    make_folder(aside + "/daisy");
    make_folder(aside + "/roses");
    write_file(aside + "/daisy/0.png", "new");
    write_file(aside + "/roses/1.png", "rose");
  });
  EXPECT_THAT(names(), ElementsAre("set"));
  EXPECT_THAT(names("set/daisy"), UnorderedElementsAre("0.png", "mine.png"));
  EXPECT_EQ(read_text_file(folder_.path("set/daisy/0.png")), "new");
  EXPECT_EQ(read_text_file(folder_.path("set/roses/1.png")), "rose");
}

TEST_F(TemporaryFiles, AWriterThatThrowsLeavesNothing) {
  EXPECT_THROW(write_folder_with(folder_.path("set"),
                                 [](const std::string& aside) {
                                   write_file(aside + "/0.png", "picture");
                                   throw NumericError("gone wrong");
                                 }),
               NumericError);
  EXPECT_THAT(names(), IsEmpty());
  write_file(folder_.path("file"), "text");
  EXPECT_THAT([&] { write_folder_with(folder_.path("file/set"), [](const std::string&) {}); },
              ThrowsMessage<OutputError>(HasSubstr("file/set")));
  EXPECT_THAT([&] { write_folder_with(folder_.path("file"), [](const std::string&) {}); },
              ThrowsMessage<OutputError>(HasSubstr("is a file")));
  EXPECT_THAT(names(), ElementsAre("file"));
}

// As a signal's handler does, from a thread of its own.
TEST_F(TemporaryFiles, WhatIsBeingMadeIsRemovedOnDemand) {
  const Temporary file(folder_.path("a.keras"));
  write_file(file.path(), "half");
  write_folder_with(folder_.path("set"), [&](const std::string& aside) {
    write_file(aside + "/daisy.png", "half");
    std::thread(remove_temporaries).join();
    EXPECT_THAT(names(), IsEmpty());
    make_folder(aside);
  });
  EXPECT_THAT(names(), ElementsAre("set"));
}

}  // namespace
}  // namespace nudge
