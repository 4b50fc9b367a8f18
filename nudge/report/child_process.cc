#include "nudge/report/child_process.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "nudge/base/error.h"

namespace nudge::report {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File temporary_file() {
  File file(std::tmpfile(), &std::fclose);
  if (!file) throw OutputError("no temporary file can be made: check the disk space and TMPDIR");
  return file;
}

class SpawnActions {
 public:
  SpawnActions() { posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  void redirect(std::FILE* from, int to) { posix_spawn_file_actions_adddup2(&actions_, fileno(from), to); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR)
      throw OutputError("a child process was lost: " + std::generic_category().message(errno));
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string read_all(std::FILE* file) {
  std::string text;
  char buffer[4096];
  std::rewind(file);
  for (size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, got);
  return text;
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& arguments, const std::string& input) {
  if (arguments.empty()) throw ValueError("run_process: no program is named");
  const File in = temporary_file();
  const File out = temporary_file();
  if (std::fwrite(input.data(), 1, input.size(), in.get()) != input.size() || std::fflush(in.get()) != 0) {
    throw OutputError("the input of " + arguments[0] + " cannot be written: check the disk space");
  }
  std::rewind(in.get());

  SpawnActions actions;
  actions.redirect(in.get(), STDIN_FILENO);
  actions.redirect(out.get(), STDOUT_FILENO);
  actions.redirect(out.get(), STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  pid_t child = 0;
  const int error = ::posix_spawnp(&child, argv[0], actions.get(), nullptr, argv.data(), environ);
  if (error == ENOENT) throw UnsupportedError(arguments[0] + ": is not installed or not on PATH; install it");
  if (error != 0) {
    throw OutputError(arguments[0] + ": cannot be started: " + std::generic_category().message(error));
  }
  const int status = wait_for(child);
  return {.status = status, .output = read_all(out.get())};
}

}  // namespace nudge::report
