#include "nudge/base/child_trial.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGXCPU is POSIX's
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "nudge/base/child_limits.h"
#include "nudge/base/error.h"

namespace nudge {
namespace {

constexpr int kDone = 0, kNoMemory = 1;

[[noreturn]] void run_child(const std::function<void()>& work, const TrialLimits& limits) {
  expect_crashes();
  limit_seconds(limits.seconds);
  limit_memory(limits.memory_bytes);
  try {
    work();
  } catch (const std::bad_alloc&) {
    ::_exit(kNoMemory);
  } catch (...) {
    // It will be thrown again where the work is done in earnest.
    ::_exit(kDone);
  }
  ::_exit(kDone);
}

}  // namespace

TrialEnd try_in_child(const std::function<void()>& work, const TrialLimits& limits) {
  const pid_t child = ::fork();
  if (child < 0) throw OutputError("no process can be started: free some memory");
  if (child == 0) run_child(work, limits);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status) == kDone ? TrialEnd::kDone : TrialEnd::kCrashed;
  return WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL ? TrialEnd::kOutOfTime
                                                                    : TrialEnd::kCrashed;
}

}  // namespace nudge
