#include "nudge/cli/documented_commands.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "nudge/base/file.h"
#include "nudge/cli/program_run.h"

namespace nudge::cli {

std::vector<Command> documented_commands(const std::string& page) {
  std::vector<Command> commands;
  std::istringstream lines(read_text_file(std::string(NUDGE_SOURCE_DIR) + "/" + page));
  bool within = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) within = !within;
    if (line.starts_with("$ ")) line.erase(0, 2);
    if (!within || !line.starts_with("nudge ")) continue;
    std::istringstream words(line.substr(0, line.find(" # ")));
    Command command;
    for (std::string word; words >> word;) command.push_back(word);
    commands.emplace_back(command.begin() + 1, command.end());
  }
  return commands;
}

void expect_commands_run(const std::vector<Command>& commands, const std::string& folder) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder);
  for (const Command& command : commands) {
    const ProgramResult result = run_nudge(command);
    EXPECT_EQ(result.exit_code, 0) << testing::PrintToString(command) << "\n"
                                   << result.output << result.errors;
  }
  std::filesystem::current_path(before);
}

}  // namespace nudge::cli
