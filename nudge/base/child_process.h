// Runs another program without a shell.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace nudge {

struct ProcessLimits {
  std::chrono::milliseconds time{0};               // 0: as long as it takes
  size_t output_bytes = size_t{64} * 1024 * 1024;  // of what it prints
};

struct ProcessResult {
  int status = 0;           // the exit code; 128 + N when signal N ended it
  std::string output;       // standard output and standard error together
  bool timed_out = false;   // it was ended because its time was over
  bool output_cut = false;  // it was ended because it printed too much; `output` is what came before
};

// Finds arguments[0] on PATH, gives it `input` as standard input and waits for it.  `input` and the
// output go through unnamed temporary files, so neither side can block the other.  A program that exceeds a
// limit is killed together with those that it has started. Throws UnsupportedError when the program is not
// there, OutputError when it cannot be started.
ProcessResult run_process(const std::vector<std::string>& arguments, const std::string& input,
                          const ProcessLimits& limits = {});

}  // namespace nudge
