#include "nudge/cli/verify_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/deploy/golden_metadata.h"
#include "nudge/deploy/tflm_interpreter.h"
#include "nudge/tflite/reader.h"
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

void run(const std::string& path, const std::string& runtime, const CommonOptions& common) {
  const tflite::TfLiteModel file = tflite::read(path);
  const std::vector<deploy::GoldenVector> vectors = deploy::golden_vectors(file, path);
  if (vectors.empty()) {
    throw ValueError(path + ": carries no golden vectors; nudge convert --golden N puts them into a file");
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
  auto runtime = std::make_shared<std::string>("litert");
  CLI::App& command = *app.add_subcommand(
      "verify", "Replay the golden vectors that a .tflite file carries (exit code 3 if an output differs)");
  command.add_option("file", *path, "A .tflite file that nudge convert --golden wrote")->required();
  std::vector<std::string> runtimes = kRuntimes;
  runtimes.emplace_back(kTflm);
  command.add_option("--runtime", *runtime, "litert, litert-reference, reference or tflm (litert)")
      ->check(CLI::IsMember(runtimes));
  define(command, common, [path, runtime, &common] { run(*path, *runtime, common); });
}

}  // namespace nudge::cli
