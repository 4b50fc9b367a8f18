#include "nudge/cli/signals.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigaction() is POSIX's

#include <array>

namespace nudge::cli {
namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};
volatile sig_atomic_t noted = 0;
std::array<struct sigaction, kSignals.size()> before;

void note(int signal) {
  if (noted != 0) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }
  noted = signal;
}

}  // namespace

SignalWatch::SignalWatch() {
  noted = 0;
  struct sigaction action {};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART | SA_NODEFER;
  for (size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &before[i]);
}

SignalWatch::~SignalWatch() {
  for (size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before[i], nullptr);
}

int SignalWatch::caught() const { return noted; }

}  // namespace nudge::cli
