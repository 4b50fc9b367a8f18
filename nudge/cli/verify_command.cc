#include "nudge/cli/verify_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/deploy/golden_metadata.h"
#include "nudge/deploy/tflm_interpreter.h"
#include "nudge/deploy/zip_behind.h"
#include "nudge/tflite/reader.h"
#include "nudge/tflite/writer.h"
#include "nudge/train/tensor_runner.h"

namespace nudge::cli {
namespace {

constexpr const char* kTflm = "tflm";

std::vector<std::vector<Array>> run_all(const std::string& path, const std::string& runtime,
                                        const tflite::TfLiteModel& file,
                                        const std::vector<deploy::GoldenVector>& vectors) {
  std::vector<std::vector<Array>> inputs, outputs;
  for (const deploy::GoldenVector& vector : vectors) inputs.push_back(vector.inputs);
  const std::vector<std::byte> bytes = read_file(path);
  if (runtime == kTflm)
    return deploy::run_tflm(deploy::tflm_python(), bytes, inputs, vectors.front().outputs).outputs;
  const auto model =
      train::run_file(file, {.runtime = train::runtime_from_name(runtime), .name = path}, bytes);
  for (const std::vector<Array>& given : inputs) {
    outputs.emplace_back();
    for (auto& [name, array] : model->run(given)) outputs.back().push_back(array.clone());
  }
  return outputs;
}

std::string installed(const std::string& runtime) {
  if (runtime == kTflm) return runtime;
  return train::to_string(train::installed_runtime(train::runtime_from_name(runtime)));
}

void run(const std::string& path, const std::string& runtime, const CommonOptions& common) {
  const tflite::TfLiteModel file = tflite::read(path);
  const std::vector<deploy::GoldenVector> vectors = deploy::golden_vectors(file, path);
  if (vectors.empty()) {
    throw ValueError(path + ": carries no golden vectors; nudge verify --record N -o FILE makes them");
  }
  const auto differences = deploy::golden_differences(vectors, run_all(path, runtime, file, vectors));
  for (const deploy::GoldenDifference& each : differences) {
    print(common, fmt::format("vector {}, output {}: {} of {} values differ, by up to {:.6g}\n", each.vector,
                              each.output, each.values, each.compared, each.largest));
  }
  print(common, fmt::format("{}: {} golden vectors on {}: {}\n", path, vectors.size(), runtime,
                            differences.empty() ? "all outputs are equal" : "outputs differ"));
  emit_json(common, {{"file", path},
                     {"runtime", runtime},
                     {"vectors", vectors.size()},
                     {"differences", to_json(differences)}});
  if (!differences.empty()) throw Finding();
}

struct Recording {
  int64_t vectors = 0;
  std::string output;
};

void record(const std::string& path, const Recording& recording, const CommonOptions& common) {
  if (recording.output.empty()) throw ValueError("--record: name the file to write with -o");
  check_writable(recording.output);
  const std::vector<std::byte> bytes = read_file(path);
  tflite::TfLiteModel file = tflite::parse(bytes, path);
  deploy::set_golden(file, deploy::make_golden(file, recording.vectors, common.seed));
  std::vector<std::byte> written = tflite::serialize(file);
  deploy::copy_zip(bytes, written, path);
  write_file(recording.output, written);
  print(common,
        fmt::format("wrote {}, which carries {} golden vectors\n", recording.output, recording.vectors));
  emit_json(common, {{"file", path},
                     {"vectors", recording.vectors},
                     {"files", {{"tflite", recording.output}}},
                     {"bytes", written.size()}});
}

}  // namespace

Json to_json(const std::vector<deploy::GoldenDifference>& differences) {
  Json list = Json::array();
  for (const deploy::GoldenDifference& each : differences) {
    list.push_back({{"vector", each.vector},
                    {"output", each.output},
                    {"values", each.values},
                    {"compared", each.compared},
                    {"largest", each.largest}});
  }
  return list;
}

void add_verify(CLI::App& app, CommonOptions& common) {
  auto path = std::make_shared<std::string>();
  auto runtime = std::make_shared<std::string>("auto");
  CLI::App& command = *app.add_subcommand(
      "verify", "Replay the golden vectors that a .tflite file carries (exit code 3 if an output differs)");
  command.add_option("file", *path, "A .tflite file")->required();
  std::vector<std::string> runtimes = kRuntimes;
  runtimes.emplace_back(kTflm);
  command.add_option("--runtime", *runtime, "auto, litert, litert-reference, reference or tflm (auto)")
      ->check(CLI::IsMember(runtimes));
  auto recording = std::make_shared<Recording>();
  CLI::Option* count = command
                           .add_option("--record", recording->vectors,
                                       "Instead make vectors, this many, for a file that may have none")
                           ->check(CLI::Range(1, 1000));
  command.add_option("-o,--output", recording->output, "With --record: the .tflite file to write")
      ->needs(count);
  define(command, common, [path, runtime, recording, &common] {
    recording->vectors > 0 ? record(*path, *recording, common) : run(*path, installed(*runtime), common);
  });
}

}  // namespace nudge::cli
