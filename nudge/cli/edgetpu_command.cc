#include "nudge/cli/edgetpu_command.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/log.h"
#include "nudge/edgetpu/prediction.h"
#include "nudge/tflite/reader.h"

namespace nudge::cli {
namespace {

void check_mapping(const std::string& path, const CommonOptions& common) {
  const edgetpu::Prediction prediction = edgetpu::predict(tflite::read(path, tflite::Scales::kAny));
  print(common, path + ": " + to_text(prediction));
  Json json = to_json(prediction);
  json["file"] = path;
  emit_json(common, json);
  if (prediction.outcome() != edgetpu::Outcome::kMapped) throw Finding();
}

void add_check(CLI::App& app, CommonOptions& common) {
  auto path = std::make_shared<std::string>();
  CLI::App& command = *app.add_subcommand("check",
                                          "Which operators of a .tflite file the Edge TPU will compute, and "
                                          "why not others (exit code 3 if any stays "
                                          "on the CPU, or the compiler would refuse the file)");
  command.add_option("file", *path, "A .tflite file")->required();
  define(command, common, [path, &common] { check_mapping(*path, common); });
}

void add_compile(CLI::App& app, CommonOptions& common) {
  auto arguments = std::make_shared<EdgeTpuCompilation>();
  edgetpu::CompilerOptions& compiler = arguments->options.compiler;
  CLI::App& command = *app.add_subcommand(
      "compile",
      "Run Coral's edgetpu_compiler on a .tflite file, compare what it maps with what was expected, and find "
      "the "
      "operator that it breaks on (exit code 3 if operators stay on the CPU or it differs)");
  command.add_option("file", arguments->file, "A .tflite file")->required();
  command.add_option("--out-dir", arguments->options.out_dir,
                     "Where compiled files and logs go (the current folder)");
  command.add_option("--compiler", arguments->compiler,
                     "The compiler (NUDGE_EDGETPU_COMPILER, else edgetpu_compiler on PATH)");
  command.add_option("--timeout", arguments->timeout, "Seconds for a compilation (180)")
      ->check(CLI::Range(1, 86400));
  command.add_option("--attempts", arguments->options.attempts, "Tries after an internal error (3)")
      ->check(CLI::Range(1, 100));
  command
      .add_option("--min-runtime-version", compiler.min_runtime_version,
                  "Of the Edge TPU's runtime, 10 to 14")
      ->check(CLI::Range(10, 14));
  command.add_option("--segments", compiler.segments, "Files for so many Edge TPUs in a row (1)")
      ->check(CLI::Range(1, 64));
  command.add_option("--cut-after", compiler.cut_after, "A tensor that a segment ends with; may be repeated");
  command.add_flag("--search-delegate", compiler.search_delegate,
                   "On failure leave more and more operators to the CPU (from version 16.0)");
  command.add_flag("--several-subgraphs", compiler.several_subgraphs,
                   "Map more than one part of the model (experimental in the compiler)");
  command.add_flag("--no-bisect", arguments->no_bisect, "Do not search for the operator that it breaks on");
  define(command, common, [arguments, &common] { compile_for_edgetpu(*arguments, common); });
}

}  // namespace

void compile_for_edgetpu(const EdgeTpuCompilation& arguments, const CommonOptions& common) {
  edgetpu::CompileOptions options = arguments.options;
  options.compiler.time = std::chrono::seconds(arguments.timeout);
  options.bisect = !arguments.no_bisect;
  options.progress = [&common](const std::string& trial) {
    if (talks(common)) log_info("trying " + trial);
  };
  const edgetpu::Compiler compiler = edgetpu::find_compiler(arguments.compiler);
  const edgetpu::CompileResult result = edgetpu::compile(compiler, arguments.file, options);
  print(common, arguments.file + ": " + to_text(result));
  Json json = to_json(result);
  json["file"] = arguments.file;
  emit_json(common, json);
  if (!result.compiled()) {
    std::string where;
    for (const edgetpu::FailingPart& part : result.failing) where += " (see " + part.file + ")";
    throw UnsupportedError(arguments.file + ": the Edge TPU compiler fails: " + result.run.failure() + where);
  }
  if (!result.all_mapped() || !result.surprises.empty()) throw Finding();
}

void add_edgetpu(CLI::App& app, CommonOptions& common) {
  CLI::App& edgetpu = *app.add_subcommand("edgetpu", "Coral's Edge TPU");
  edgetpu.require_subcommand(1);
  add_check(edgetpu, common);
  add_compile(edgetpu, common);
}

}  // namespace nudge::cli
