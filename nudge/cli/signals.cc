#include "nudge/cli/signals.h"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigaction() is POSIX's
#include <unistd.h>

#include <array>
#include <thread>

#include "nudge/base/temporary.h"

namespace nudge::cli {
namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGPIPE};
volatile sig_atomic_t noted = 0;
std::array<struct sigaction, kSignals.size()> before;
// Where the handler hands a signal to the thread that may do what a handler may not; -1: there is none.
int ending = -1;

void end(int signal) {
  const auto byte = static_cast<unsigned char>(signal);
  if (ending >= 0 && ::write(ending, &byte, 1) == 1) return;
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void note(int signal) {
  // A reader that is gone breaks every line that is written to it.
  if (noted == 0) {
    noted = signal;
  } else if (signal != SIGPIPE) {
    end(signal);
  }
}

void handle(void (*handler)(int), std::array<struct sigaction, kSignals.size()>* replaced) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART | SA_NODEFER;
  for (size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction present {};
    ::sigaction(kSignals[i], nullptr, &present);
    if (replaced != nullptr) (*replaced)[i] = present;
    if (present.sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

void wait_for_the_end(int from) {
  unsigned char signal = 0;
  while (::read(from, &signal, 1) != 1) continue;
  remove_temporaries();
  ::signal(signal, SIG_DFL);
  ::kill(::getpid(), signal);
}

}  // namespace

void remove_temporaries_on_signals() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  ending = ends[1];
  std::thread(wait_for_the_end, ends[0]).detach();
  handle(end, nullptr);
}

SignalWatch::SignalWatch() {
  noted = 0;
  handle(note, &before);
}

SignalWatch::~SignalWatch() {
  for (size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before[i], nullptr);
}

int SignalWatch::caught() const { return noted; }

}  // namespace nudge::cli
