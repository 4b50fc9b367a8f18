// Runs another program without a shell.
#pragma once

#include <string>
#include <vector>

namespace nudge::report {

struct ProcessResult {
  int status = 0;      // the exit code; 128 + N when signal N ended it
  std::string output;  // standard output and standard error together
};

// Finds arguments[0] on PATH, gives it `input` as standard input and waits for it.  `input` and the
// output go through unnamed temporary files, so neither side can block the other.
// Throws UnsupportedError when the program is not there, OutputError when it cannot be started.
ProcessResult run_process(const std::vector<std::string>& arguments, const std::string& input);

}  // namespace nudge::report
