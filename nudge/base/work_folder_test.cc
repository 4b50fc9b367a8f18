#include "nudge/base/work_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"

namespace nudge {
namespace {

TEST(WorkFolder, IsGoneWithWhatIsInIt) {
  const TestFolder parent;
  std::string path;
  {
    const WorkFolder folder(parent.path("made"));
    path = folder.path();
    write_file(folder.path("file"), "text");
    EXPECT_EQ(read_text_file(path + "/file"), "text");
    folder.clear();
    EXPECT_TRUE(std::filesystem::is_empty(path));
    write_file(folder.path("file"), "text");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(std::filesystem::exists(parent.path("made")));
}

TEST(WorkFolder, CannotBeMadeWithinAFile) {
  const TestFolder parent;
  write_file(parent.path("file"), "text");
  EXPECT_THROW(WorkFolder(parent.path("file")), OutputError);
}

}  // namespace
}  // namespace nudge
