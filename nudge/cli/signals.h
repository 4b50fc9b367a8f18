// What the program does on signals that ask it to end.  Those that it was started to ignore stay ignored.
#pragma once

namespace nudge::cli {

// From now on SIGINT, SIGTERM, SIGHUP and SIGPIPE end the program as ever, but not before the files that it
// is making under temporary names are removed.  Once a process.
void remove_temporaries_on_signals();

// While it lives these signals are noted: the step that is computed ends first, and what it made is kept.  A
// second one, of SIGPIPE alone none, ends the program at once.
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
