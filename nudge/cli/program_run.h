// Runs the built program as a user would, for the tests of this folder.
#pragma once

#include <string>
#include <vector>

#include "nudge/base/json.h"

namespace nudge::cli {

struct ProgramResult {
  int exit_code = 0;   // 128 + N when signal N ended it
  std::string output;  // standard output
  std::string errors;  // standard error
};

// A signal that the program is sent so long after its start.
struct Ending {
  int signal = 0;  // 0: none
  unsigned milliseconds = 0;
};

// `environment` adds NAME=VALUE to the environment of this process.
ProgramResult run_nudge(const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment = {}, const Ending& ending = {});

// What the program says with --json -; an expectation fails where it does.  `errors` unless null receives its
// standard error.
Json result_of(std::vector<std::string> arguments, std::string* errors = nullptr);

}  // namespace nudge::cli
