#include "nudge/base/child_process.h"

#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <thread>

#include "nudge/base/error.h"

namespace nudge {
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

// The child leads a group of its own, so that it can be ended with all that it starts.
class GroupAttributes {
 public:
  GroupAttributes() {
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes_, 0);
  }
  ~GroupAttributes() { posix_spawnattr_destroy(&attributes_); }
  GroupAttributes(const GroupAttributes&) = delete;
  GroupAttributes& operator=(const GroupAttributes&) = delete;

  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

// Whether it has ended; with `options` 0 waits for it.
bool ended(pid_t child, int& status, int options) {
  for (;;) {
    const pid_t got = ::waitpid(child, &status, options);
    if (got == child) return true;
    if (got == 0) return false;
    if (errno != EINTR)
      throw OutputError("a child process was lost: " + std::generic_category().message(errno));
  }
}

size_t size_of(std::FILE* file) {
  struct stat about {};
  return ::fstat(fileno(file), &about) == 0 ? static_cast<size_t>(about.st_size) : 0;
}

// Looks at the child now and then, seldom when it takes long, and kills its group when a limit is exceeded.
ProcessResult wait_for(pid_t child, std::FILE* out, const ProcessLimits& limits) {
  using std::chrono::milliseconds;
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  ProcessResult result;
  int status = 0;
  for (milliseconds pause{1}; !ended(child, status, WNOHANG); pause = std::min(2 * pause, milliseconds(50))) {
    result.timed_out = limits.time.count() > 0 && Clock::now() - start > limits.time;
    result.output_cut = size_of(out) > limits.output_bytes;
    if (result.timed_out || result.output_cut) {
      ::kill(-child, SIGKILL);
      ended(child, status, 0);
      break;
    }
    std::this_thread::sleep_for(pause);
  }
  result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

std::string read_all(std::FILE* file, size_t most) {
  std::string text;
  char buffer[4096];
  std::rewind(file);
  for (size_t got = 0; text.size() < most && (got = std::fread(buffer, 1, sizeof buffer, file)) > 0;) {
    text.append(buffer, std::min(got, most - text.size()));
  }
  return text;
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& arguments, const std::string& input,
                          const ProcessLimits& limits) {
  if (arguments.empty()) throw ValueError("run_process: no program is named");
  const File in = temporary_file();
  const File out = temporary_file();
  if (std::fwrite(input.data(), 1, input.size(), in.get()) != input.size() || std::fflush(in.get()) != 0) {
    throw OutputError("the input of " + arguments[0] + " cannot be written: check the disk space");
  }
  std::rewind(in.get());

  SpawnActions actions;
  const GroupAttributes attributes;
  actions.redirect(in.get(), STDIN_FILENO);
  actions.redirect(out.get(), STDOUT_FILENO);
  actions.redirect(out.get(), STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  pid_t child = 0;
  const int error = ::posix_spawnp(&child, argv[0], actions.get(), attributes.get(), argv.data(), environ);
  if (error == ENOENT) throw UnsupportedError(arguments[0] + ": is not installed or not on PATH; install it");
  if (error != 0) {
    throw OutputError(arguments[0] + ": cannot be started: " + std::generic_category().message(error));
  }
  ProcessResult result = wait_for(child, out.get(), limits);
  result.output = read_all(out.get(), limits.output_bytes);
  return result;
}

}  // namespace nudge
