#include "nudge/base/child_trial.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGXCPU is POSIX's
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <new>

#include "nudge/base/error.h"

namespace nudge {
namespace {

constexpr int kDone = 0, kNoMemory = 1;

// Of address space; 0 where the system does not say.
uint64_t memory_in_use() {
  unsigned long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%lu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return uint64_t{pages} * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

void limit(int what, uint64_t soft, uint64_t hard) {
  const rlimit both{.rlim_cur = soft, .rlim_max = hard};
  ::setrlimit(static_cast<__rlimit_resource>(what), &both);
}

[[noreturn]] void run_child(const std::function<void()>& work, const TrialLimits& limits) {
  // A crash is an answer here, not a fault to be dumped or handled.
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) ::signal(signal, SIG_DFL);
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_CPU, limits.seconds, limits.seconds + 1);
  if (const uint64_t used = memory_in_use(); used > 0) {
    limit(RLIMIT_AS, used + limits.memory_bytes, used + limits.memory_bytes);
  }
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
