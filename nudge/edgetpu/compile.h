// Compiles a .tflite file for the Edge TPU with the real compiler, and finds out why where it fails.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nudge/edgetpu/bisection.h"
#include "nudge/edgetpu/compiler.h"
#include "nudge/edgetpu/prediction.h"

namespace nudge::edgetpu {

struct CompileOptions {
  CompilerOptions compiler;
  std::string out_dir = ".";
  int attempts = 3;    // after an internal error; compilers have failed twice and then compiled (issue 211)
  bool bisect = true;  // after an internal error, down to the operator
  // Told before each trial of a bisection.
  std::function<void(const std::string&)> progress;
};

struct FailingPart {
  Culprit culprit;
  std::string op;    // of the culprit's last operator
  std::string file;  // the part as a file of its own, in the folder
};

struct CompileResult {
  CompilerRun run;  // the last attempt
  int attempts = 0;
  Prediction prediction;
  std::vector<std::string> files;      // in the folder: compiled files and logs
  std::vector<std::string> surprises;  // against the prediction
  std::vector<FailingPart> failing;

  bool compiled() const { return run.made_file(); }
  // Compiled, with every operator but float ends on the Edge TPU.
  bool all_mapped() const;
};

// Files appear in the folder only when the compiler made them whole.  Throws InputError when the model cannot
// be read, OutputError when the folder cannot be written, and what run_compiler() throws; a compilation that
// fails is a result.
CompileResult compile(const Compiler& compiler, const std::string& model, const CompileOptions& options);

// The keys are in docs/command-line.md.
Json to_json(const CompileResult& result);
std::string to_text(const CompileResult& result);

}  // namespace nudge::edgetpu
