// The commands of docs/tutorial.md, one after the other in an empty folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/cli/program_run.h"

namespace nudge::cli {
namespace {

// What stands between lines of ```, a line each, without "nudge".
std::vector<std::vector<std::string>> commands_of(const std::string& page) {
  std::vector<std::vector<std::string>> commands;
  std::istringstream lines(page);
  bool within = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      within = !within;
      continue;
    }
    if (!within) continue;
    std::istringstream words(line);
    std::vector<std::string> command;
    for (std::string word; words >> word;) command.push_back(word);
    EXPECT_EQ(command.front(), "nudge") << line;
    commands.emplace_back(command.begin() + 1, command.end());
  }
  return commands;
}

TEST(Tutorial, RunsAsItStands) {
  const auto commands = commands_of(read_text_file(NUDGE_SOURCE_DIR "/docs/tutorial.md"));
  ASSERT_GT(commands.size(), 12U);
  const TestFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  for (const std::vector<std::string>& command : commands) {
    const ProgramResult result = run_nudge(command);
    EXPECT_EQ(result.exit_code, 0) << testing::PrintToString(command) << "\n"
                                   << result.output << result.errors;
  }
  std::filesystem::current_path(before);
  for (const char* made : {"log/history.png", "ptq.tflite", "qat.tflite", "report.html", "coral.tflite",
                           "firmware/qat_self_test.cc"}) {
    EXPECT_TRUE(std::filesystem::exists(folder.path(made))) << made;
  }
}

}  // namespace
}  // namespace nudge::cli
