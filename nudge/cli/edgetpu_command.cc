#include "nudge/cli/edgetpu_command.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "nudge/edgetpu/prediction.h"
#include "nudge/tflite/reader.h"

namespace nudge::cli {
namespace {

void check(const std::string& path, const CommonOptions& common) {
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
  define(command, common, [path, &common] { check(*path, common); });
}

}  // namespace

void add_edgetpu(CLI::App& app, CommonOptions& common) {
  CLI::App& edgetpu = *app.add_subcommand("edgetpu", "Coral's Edge TPU");
  edgetpu.require_subcommand(1);
  add_check(edgetpu, common);
}

}  // namespace nudge::cli
