#include "nudge/cli/thread_waits.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace nudge::cli {

namespace {

// Help computes nothing, and two starts take twice as long.
bool asks_for_help(char** argv) {
  for (; *argv != nullptr; ++argv) {
    const std::string_view word = *argv;
    if (word == "--help" || word == "-h" || word == "--help-all" || word == "--version") return true;
  }
  return false;
}

}  // namespace

void shorten_thread_waits(char** argv) {
  if (asks_for_help(argv)) return;
  if (std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  if (setenv("GOMP_SPINCOUNT", "1000", 0) != 0) return;
  execv("/proc/self/exe", argv);
}

}  // namespace nudge::cli
