#include "nudge/edgetpu/compiler.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "nudge/base/child_process.h"
#include "nudge/base/error.h"
#include "nudge/base/file.h"

namespace nudge::edgetpu {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr int kFirstWithTimer = 16;
constexpr size_t kMostOutput = size_t{4} * 1024 * 1024;
constexpr const char* kName = "edgetpu_compiler";
constexpr const char* kInstall =
    "install Coral's package edgetpu-compiler (x86-64 Linux), or say where it is with --compiler or "
    "NUDGE_EDGETPU_COMPILER";

ProcessLimits limits(seconds time) { return {.time = time, .output_bytes = kMostOutput}; }

std::string wanted_program(const std::string& given) {
  if (!given.empty()) return given;
  const char* named = std::getenv("NUDGE_EDGETPU_COMPILER");
  return named != nullptr && *named != '\0' ? named : kName;
}

// A name that begins with a dash would be an option.
std::string as_argument(const std::string& path) { return path.starts_with('-') ? "./" + path : path; }

void need(bool has, const Compiler& compiler, const char* option) {
  if (has) return;
  throw UnsupportedError(
      fmt::format("{}: version {} has no {}; it came with 16.0", compiler.program, compiler.version, option));
}

// Files of the folder that end so, in order of name.
std::vector<std::string> files_ending(const std::string& folder, const std::string& end) {
  std::vector<std::string> files;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(folder, gone)) {
    if (entry.is_regular_file() && entry.path().filename().string().ends_with(end)) {
      files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Compiler find_compiler(const std::string& given) {
  Compiler compiler{.program = wanted_program(given)};
  ProcessResult result;
  try {
    result = run_process({compiler.program, "--version"}, "", limits(seconds(30)));
  } catch (const UnsupportedError&) {
    throw UnsupportedError(fmt::format("{}: there is no such program; {}", compiler.program, kInstall));
  }
  compiler.version = parse_output(result.output).version;
  static const RE2 form(R"((\d{1,4})\.\d+(?:\.\d+)*)");
  if (!RE2::FullMatch(compiler.version, form, &compiler.major)) {
    throw InputError(fmt::format("{}: does not say which version of the Edge TPU compiler it is; {}",
                                 compiler.program, kInstall));
  }
  return compiler;
}

std::vector<std::string> command_line(const Compiler& compiler, const CompilerOptions& options,
                                      const std::string& model, const std::string& out_dir) {
  std::vector<std::string> command{compiler.program, "-s", "-o", out_dir};
  if (compiler.major >= kFirstWithTimer) {
    command.insert(command.end(), {"-t", std::to_string(options.time.count())});
  }
  if (options.min_runtime_version > 0) {
    command.insert(command.end(), {"-m", std::to_string(options.min_runtime_version)});
  }
  if (options.segments > 1) command.insert(command.end(), {"-n", std::to_string(options.segments)});
  if (!options.cut_after.empty()) {
    command.insert(command.end(), {"-i", fmt::format("{}", fmt::join(options.cut_after, ","))});
  }
  if (options.search_delegate) {
    need(compiler.major >= kFirstWithTimer, compiler, "--search_delegate");
    command.emplace_back("-d");
  }
  if (options.several_subgraphs) command.emplace_back("-a");
  command.push_back(as_argument(model));
  return command;
}

bool CompilerRun::failed_without_reason() const {
  return !made_file() && !timed_out &&
         (output.failure.empty() || output.failure == "Internal compiler error");
}

std::string CompilerRun::failure() const {
  if (made_file()) return "";
  if (timed_out) return "it did not end in its time and was stopped";
  if (!output.failure.empty()) return output.failure;
  if (output.claims_success)
    return fmt::format("it claims success with exit code {}, but left no file", status);
  return fmt::format("it ended with exit code {} and gives no reason", status);
}

CompilerRun run_compiler(const Compiler& compiler, const CompilerOptions& options, const std::string& model,
                         const std::string& out_dir) {
  CompilerRun run{.command = command_line(compiler, options, model, out_dir)};
  // A compiler with a timer of its own says what it did; a search compiles many times.
  const seconds patience =
      options.time * (options.search_delegate ? 10 : 1) + seconds(compiler.major >= kFirstWithTimer ? 20 : 0);
  const ProcessResult result = run_process(run.command, "", limits(patience));
  run.text = result.output;
  run.status = result.status;
  run.timed_out = result.timed_out;
  run.output = parse_output(result.output);
  const std::vector<std::string> made = files_ending(out_dir, "_edgetpu.tflite");
  if (!made.empty()) run.file = made.front();
  const std::vector<std::string> logs = files_ending(out_dir, "_edgetpu.log");
  run.log = logs.empty() ? run.output.rows : parse_log(read_text_file(logs.front()));
  return run;
}

}  // namespace nudge::edgetpu
