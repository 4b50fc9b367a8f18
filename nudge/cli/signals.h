// Signals that ask a run to end: the step that is computed ends first, and what it made is kept.
#pragma once

namespace nudge::cli {

// While it lives SIGINT, SIGTERM and SIGHUP are noted; a second one ends the program at once.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  // The one that came; 0: none.
  int caught() const;
};

}  // namespace nudge::cli
