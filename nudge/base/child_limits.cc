#include "nudge/base/child_limits.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGXCPU is POSIX's
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <initializer_list>

namespace nudge {
namespace {

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

}  // namespace

void expect_crashes() {
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU})
    ::signal(signal, SIG_DFL);
  ::signal(SIGINT, SIG_IGN);
  limit(RLIMIT_CORE, 0, 0);
}

void limit_memory(uint64_t bytes) {
  if (const uint64_t used = memory_in_use(); used > 0) limit(RLIMIT_AS, used + bytes, used + bytes);
}

void limit_seconds(unsigned seconds) { limit(RLIMIT_CPU, seconds, uint64_t{seconds} + 1); }

}  // namespace nudge
