#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/cli/command.h"
#include "nudge/convert/file_card.h"
#include "nudge/tflite/difference.h"
#include "nudge/tflite/graphviz.h"
#include "nudge/tflite/inspect.h"
#include "nudge/tflite/reader.h"
#include "nudge/train/input_grid.h"

namespace nudge::cli {
namespace {

constexpr size_t kMostDifferences = 50;

void show(const std::string& path, const std::string& dot, const CommonOptions& common) {
  if (!dot.empty()) check_writable(dot);
  const auto bytes = read_file(path);
  const tflite::TfLiteModel model = tflite::parse(bytes, path);
  if (!dot.empty()) write_file(dot, tflite::to_graphviz(model));
  const keras::ModelCard card = convert::model_card(model);
  std::optional<data::Preprocess> preprocess;
  if (!card.preprocessing.empty() && card.preprocessing != keras::ModelCard::kScaledElsewhere) {
    preprocess = data::preprocess_from_string(card.preprocessing);
  }
  const std::string feeding = train::feeding(model, preprocess);
  print(common,
        tflite::inspect_text(model, bytes.size()) + to_text(card) + (feeding.empty() ? "" : feeding + "\n"));
  Json json = tflite::inspect_json(model, bytes.size());
  json["feeding"] = feeding;
  json["card"] = to_json(card);
  emit_json(common, json);
}

void show_differences(const std::string& path, const std::string& other, const CommonOptions& common) {
  const auto found = tflite::find_differences(tflite::read(path), tflite::read(other), kMostDifferences);
  std::string text = to_text(found);
  if (found.size() == kMostDifferences) text += "and perhaps more\n";
  print(common, found.empty() ? path + " and " + other + " compute the same\n" : text);
  Json lines = Json::array();
  for (const tflite::Difference& difference : found) lines.push_back(difference.text());
  emit_json(common, {{"file", path}, {"other", other}, {"differences", lines}, {"details", to_json(found)}});
  if (!found.empty()) throw Finding();
}

}  // namespace

void add_inspect(CLI::App& app, CommonOptions& common) {
  struct Options {
    std::string file, other, dot;
  };
  auto options = std::make_shared<Options>();
  CLI::App& command = *app.add_subcommand(
      "inspect", "What a .tflite file holds, or where two differ (exit code 3 if they do)");
  command.add_option("file", options->file, "A .tflite file")->required();
  command.add_option("other", options->other, "A .tflite file to compare it with");
  command.add_option("--dot", options->dot, "Write a picture of the file for Graphviz (dot -Tsvg draws it)");
  define(command, common, [options, &common] {
    if (options->other.empty()) return show(options->file, options->dot, common);
    if (!options->dot.empty()) throw CLI::ValidationError("--dot", "takes one file");
    show_differences(options->file, options->other, common);
  });
}

}  // namespace nudge::cli
