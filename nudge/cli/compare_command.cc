#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "nudge/cli/command.h"
#include "nudge/cli/data_source.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/cli/scorer.h"
#include "nudge/report/table.h"

namespace nudge::cli {

void add_compare(CLI::App& app, CommonOptions& common) {
  struct Options {
    std::vector<std::string> models;
    std::string data, split = "test", runtime = "litert";
    ScoreOptions score;
  };
  auto options = std::make_shared<Options>();
  CLI::App& command =
      *app.add_subcommand("compare", "One table: float, QAT and .tflite models on the same images");
  command.add_option("models", options->models, ".keras and .tflite files")->required();
  command.add_option("--data", options->data, "The images: see nudge data info")->required();
  add_preprocess_option(command, options->score.preprocess);
  command.add_option("--split", options->split, "train, validation, test or all (test)")
      ->check(CLI::IsMember(kSplits));
  command
      .add_option("--runtime", options->runtime,
                  "Of .tflite files: litert, litert-reference or reference (litert)")
      ->check(CLI::IsMember(kRuntimes));
  define(command, common, [options, &common] {
    options->score.runtime = train::runtime_from_name(options->runtime);
    options->score.source = open_data(options->data);
    options->score.split = data::split_from_string(options->split);
    options->score.seed = common.seed;
    std::vector<report::ComparisonRow> rows;
    Json models = Json::array();
    for (const std::string& model : options->models) {
      const Score result = score(model, options->score);
      rows.push_back(
          {result.file, kind_text(result), result.runtime, result.evaluation.accuracy, result.bytes});
      models.push_back({{"file", result.file},
                        {"kind", result.kind},
                        {"origin", result.origin},
                        {"runtime", result.runtime},
                        {"accuracy", result.evaluation.accuracy},
                        {"bytes", result.bytes}});
    }
    print(common, report::comparison_table(rows));
    emit_json(common, {{"models", models}});
  });
}

}  // namespace nudge::cli
