// Keeps what a library prints to standard error.
#pragma once

#include <sys/types.h>

#include <mutex>
#include <string>

namespace nudge::tflite {

// Of a runtime's lines: what follows the first "ERROR: ", else the last that is no "INFO: " and no "WARNING:
// ".
std::string telling_line(const std::string& text);

// While it lives, standard error goes to a hidden file.  When it ends, lines that are not LiteRT's
// ("INFO: ...", "ERROR: ...") are printed after all: they come from other threads.  One at a time; a second
// waits. Where the redirection fails, lines are printed as ever.
class StderrCapture {
 public:
  StderrCapture();
  ~StderrCapture();
  StderrCapture(const StderrCapture&) = delete;
  StderrCapture& operator=(const StderrCapture&) = delete;

  // What follows the first "ERROR: " so far; empty when there is none.
  std::string first_error() const;

 private:
  std::string text() const;

  std::unique_lock<std::mutex> lock_;
  int file_ = -1;
  int stderr_ = -1;  // where it went before; -1 where it is hidden already, in a ChildService
  off_t start_ = 0;  // of what is written while this lives
};

}  // namespace nudge::tflite
