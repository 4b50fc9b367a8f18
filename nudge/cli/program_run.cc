#include "nudge/cli/program_run.h"

#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX's
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace nudge::cli {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File temporary_file() {
  File file(std::tmpfile(), &std::fclose);
  if (!file) throw std::runtime_error("no temporary file can be made");
  return file;
}

std::string text_of(std::FILE* file) {
  std::string text;
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  return text;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& one : strings) result.push_back(one.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

ProgramResult run_nudge(const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment, const Ending& ending) {
  std::vector<std::string> words{NUDGE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);

  const File out = temporary_file(), errors = temporary_file();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ::fileno(out.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ::fileno(errors.get()), STDERR_FILENO);
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, NUDGE_PROGRAM, &actions, nullptr, pointers(words).data(),
                                   pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error(std::string(NUDGE_PROGRAM) + " cannot be started");
  if (ending.signal != 0) {
    ::usleep(ending.milliseconds * 1000);
    ::kill(child, ending.signal);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), text_of(out.get()),
          text_of(errors.get())};
}

Json result_of(std::vector<std::string> arguments, std::string* errors) {
  arguments.insert(arguments.end(), {"--json", "-"});
  const ProgramResult result = run_nudge(arguments);
  EXPECT_EQ(result.exit_code, 0) << testing::PrintToString(arguments) << "\n" << result.errors;
  if (errors != nullptr) *errors = result.errors;
  return result.exit_code == 0 ? parse_json(result.output, "standard output") : Json::object();
}

}  // namespace nudge::cli
