#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/cli/command.h"
#include "nudge/cli/data_source.h"
#include "nudge/cli/objective_option.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/cli/scorer.h"
#include "nudge/train/class_scores.h"

namespace nudge::cli {
namespace {

// Rows: the label; columns: what was predicted.
Json confusion(const train::Evaluation& evaluation) {
  const auto classes = static_cast<size_t>(evaluation.predictions.shape().back());
  std::vector<std::vector<int64_t>> counts(classes, std::vector<int64_t>(classes, 0));
  const auto predicted = train::argmax_rows(evaluation.predictions);
  for (size_t i = 0; i < predicted.size(); ++i) {
    ++counts.at(static_cast<size_t>(evaluation.labels[i])).at(static_cast<size_t>(predicted[i]));
  }
  return counts;
}

// A field of CSV: quoted where it holds a comma or a quote.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void write_predictions(const std::string& path, const train::Evaluation& evaluation,
                       const data::Source& source) {
  const auto& names = source.class_names();
  const auto predicted = train::argmax_rows(evaluation.predictions);
  const int64_t classes = evaluation.predictions.shape().back();
  std::string text = "file,label,predicted";
  for (const std::string& name : names) text += "," + field(name);
  text += "\n";
  for (size_t i = 0; i < predicted.size(); ++i) {
    text += field(source.item_name(evaluation.items[i])) + "," +
            field(names.at(static_cast<size_t>(evaluation.labels[i]))) + "," +
            field(names.at(static_cast<size_t>(predicted[i])));
    for (int64_t c = 0; c < classes; ++c) {
      text +=
          fmt::format(",{:.6g}", evaluation.predictions.data<float>()[static_cast<int64_t>(i) * classes + c]);
    }
    text += "\n";
  }
  write_file(path, text);
}

struct EvaluateCommandOptions {
  std::string model, data, predictions, split = "test", runtime = "auto";
  ScoreOptions score;
};

void run(EvaluateCommandOptions& options, const CommonOptions& common) {
  if (!options.predictions.empty()) check_writable(options.predictions);
  options.score.runtime = train::runtime_from_name(options.runtime);
  options.score.source = open_data(options.data);
  options.score.split = data::split_from_string(options.split);
  options.score.seed = common.seed;
  const Score result = score(options.model, options.score);
  if (!options.predictions.empty()) {
    if (result.evaluation.predictions.empty()) {
      throw ValueError("--predictions: " + options.model + " says no classes of " +
                       options.score.source->spec() + "; nudge predict --npy writes what it gives");
    }
    write_predictions(options.predictions, result.evaluation, *options.score.source);
  }
  const train::Evaluation& evaluation = result.evaluation;
  Json json{{"loss", evaluation.loss},
            {"metrics", evaluation.metrics},
            {"count", evaluation.count},
            {"runtime", result.runtime}};
  const bool classes = !evaluation.predictions.empty();
  if (evaluation.metrics.contains("accuracy")) json["accuracy"] = evaluation.accuracy;
  if (classes) json["confusion"] = confusion(evaluation);
  print(common, fmt::format("{} on {} {} ({})\n", metrics_text(evaluation.metrics), evaluation.count,
                            options.score.source->has_pictures() ? "images" : "items", result.runtime));
  if (!result.simulated.empty()) {
    json["simulated"] = result.simulated;
    if (result.simulated.contains("accuracy")) json["simulated_accuracy"] = result.simulated.at("accuracy");
    std::string line = "float simulation: " + metrics_text(result.simulated);
    if (result.disagreement) {
      json["disagreement"] = *result.disagreement;
      line += fmt::format(", other class on {:.2f}% of the images", 100 * *result.disagreement);
    }
    print(common, line + "\n");
  }
  emit_json(common, json);
}

}  // namespace

void add_evaluate(CLI::App& app, CommonOptions& common) {
  auto options = std::make_shared<EvaluateCommandOptions>();
  CLI::App& command =
      *app.add_subcommand("evaluate", "Accuracy, loss and confusion of a model or a .tflite file");
  command.add_option("model", options->model, "A .keras or .tflite file")->required();
  command.add_option("--data", options->data, "The images or arrays: see nudge data info")->required();
  add_preprocess_option(command, options->score.preprocess);
  command.add_flag("--strict", options->score.strict, "A damaged file is an error; else it is left out");
  command.add_option("--split", options->split, "train, validation, test or all (test)")
      ->check(CLI::IsMember(kSplits));
  add_objective_options(command, options->score.objective, /*training=*/false);
  command
      .add_option("--runtime", options->runtime,
                  "Of a .tflite file: auto, litert, litert-reference or reference (auto)")
      ->check(CLI::IsMember(kRuntimes));
  command.add_option("--predictions", options->predictions, "Write a row an image to this CSV file");
  define(command, common, [options, &common] { run(*options, common); });
}

}  // namespace nudge::cli
