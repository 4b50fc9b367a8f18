#include "nudge/base/virtual_environment.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"

namespace nudge {
namespace {

namespace fs = std::filesystem;

// The tests run in one process, so the current folder is put back.
class VirtualEnvironmentTest : public testing::Test {
 protected:
  VirtualEnvironmentTest() : before_(fs::current_path()) { fs::current_path(folder_.path()); }
  ~VirtualEnvironmentTest() override { fs::current_path(before_); }

  TestFolder folder_;
  fs::path before_;
};

TEST_F(VirtualEnvironmentTest, OfTheCurrentFolderIsLookedThrough) {
  fs::create_directories(folder_.path(".venv/bin"));
  fs::create_directories(folder_.path(".venv/lib/python3.9/site-packages/nudge_made_up"));
  write_file(folder_.path(".venv/bin/nudge_made_up"), "text");
  write_file(folder_.path(".venv/lib/python3.9/site-packages/nudge_made_up/file"), "text");
  EXPECT_TRUE(in_virtual_environment("bin/nudge_made_up").ends_with(".venv/bin/nudge_made_up"));
  EXPECT_TRUE(
      in_python_packages("nudge_made_up/file").ends_with("python3.9/site-packages/nudge_made_up/file"));
  EXPECT_TRUE(python_with("nudge_made_up").ends_with(".venv/bin/python"));
}

TEST_F(VirtualEnvironmentTest, WithoutThePathGivesNothing) {
  EXPECT_EQ(in_virtual_environment("bin/nudge_made_up"), "");
  EXPECT_EQ(in_python_packages("nudge_made_up/file"), "");
  EXPECT_EQ(python_with("nudge_made_up"), "");
}

}  // namespace
}  // namespace nudge
