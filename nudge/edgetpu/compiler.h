// The program edgetpu_compiler: where it is, which version, what it takes.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "nudge/edgetpu/compiler_output.h"

namespace nudge::edgetpu {

struct Compiler {
  std::string program;  // a path, or a name on PATH
  std::string version;  // "16.0.384591198"
  int major = 0;
};

struct CompilerOptions {
  std::chrono::seconds time{180};      // for one model
  int min_runtime_version = 0;         // 10 to 14; 0: the compiler's own choice
  int segments = 0;                    // 2 and more: a file for each of so many Edge TPUs
  std::vector<std::string> cut_after;  // names of tensors between segments
  bool search_delegate = false;        // on failure leave operators at the end to the CPU; from 16.0
  bool several_subgraphs = false;      // experimental
};

// `given` (a path or name), else NUDGE_EDGETPU_COMPILER, else edgetpu_compiler on PATH.  Asks it for its
// version. Throws UnsupportedError when there is none, InputError when the program is another one.
Compiler find_compiler(const std::string& given = "");

// The command for one model.  Throws UnsupportedError for an option that this version does not have.
std::vector<std::string> command_line(const Compiler& compiler, const CompilerOptions& options,
                                      const std::string& model, const std::string& out_dir);

struct CompilerRun {
  std::vector<std::string> command;
  CompilerOutput output;
  std::string text;  // all that it printed
  int status = 0;
  bool timed_out = false;
  std::string file;         // the compiled file (of segments the first), "" when there is none
  std::vector<LogRow> log;  // of the log file, else as printed

  // Its exit code alone says nothing: it is 0 with no operator mapped too.
  bool made_file() const { return status == 0 && output.claims_success && !file.empty(); }
  // Whether it failed in a way that says nothing about the model, as bugs of the compiler do.
  bool failed_without_reason() const;
  // "Internal compiler error", "no answer within 180 s", ...; "" when it made a file.
  std::string failure() const;
};

// Runs it on one file into a folder that holds nothing else.  Never through a shell; killed when its time is
// over.
CompilerRun run_compiler(const Compiler& compiler, const CompilerOptions& options, const std::string& model,
                         const std::string& out_dir);

}  // namespace nudge::edgetpu
