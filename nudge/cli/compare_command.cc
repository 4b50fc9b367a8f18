#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/cli/command.h"
#include "nudge/cli/data_source.h"
#include "nudge/cli/explanation.h"
#include "nudge/cli/number_check.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/cli/scorer.h"
#include "nudge/quantize/quantize.h"
#include "nudge/report/html_report.h"
#include "nudge/report/table.h"

namespace nudge::cli {

namespace {

struct CompareCommandOptions {
  std::vector<std::string> models;
  std::string data, split = "test", runtime = "auto", report;
  bool explain = false;
  int64_t count = 64;
  ScoreOptions score;
};

constexpr size_t kWorst = 12;

struct Explained {
  std::string file;
  std::vector<explain::LayerError> errors;
};

// Of every quantized model among those compared.
std::vector<Explained> explain_all(const CompareCommandOptions& options, uint64_t seed) {
  std::vector<Explained> explained;
  for (const std::string& file : options.models) {
    if (is_tflite(file)) continue;
    LoadedModel loaded = open_model(file);
    if (!quantize::is_quantized(*loaded.model)) continue;
    loaded.model->initialize(seed);
    const auto scaling =
        decide_preprocess(options.score.preprocess, file, loaded, options.score.source.get());
    explained.push_back({file, explanation(file, loaded.model, scaling.preprocess,
                                           {options.score.source, options.score.split, options.count})});
  }
  if (explained.empty()) {
    throw ValueError(
        "--explain: none of the models is a quantized .keras file; add the one that the .tflite was "
        "converted from");
  }
  return explained;
}

void compare(CompareCommandOptions& options, const CommonOptions& common) {
  options.score.runtime = train::runtime_from_name(options.runtime);
  options.score.source = open_data(options.data);
  options.score.split = data::split_from_string(options.split);
  options.score.seed = common.seed;
  // Before the rest, which takes longer: where there is nothing to explain, that is said at once.
  const std::vector<Explained> explained =
      options.explain ? explain_all(options, common.seed) : std::vector<Explained>{};
  report::HtmlReport report{.title = "nudge compare"};
  Json models = Json::array();
  for (const std::string& model : options.models) {
    const Score result = score(model, options.score);
    report.models.push_back(
        {result.file, kind_text(result), result.runtime, result.evaluation.accuracy, result.bytes});
    models.push_back({{"file", result.file},
                      {"kind", result.kind},
                      {"origin", result.origin},
                      {"runtime", result.runtime},
                      {"accuracy", result.evaluation.accuracy},
                      {"metrics", result.evaluation.metrics},
                      {"bytes", result.bytes}});
  }
  print(common, report::comparison_table(report.models));
  Json result{{"models", models}};
  for (const Explained& one : explained) {
    const auto rows = rows_of(one.errors);
    print(common, "\n" + one.file + ", against the same weights in float; the layers that lose most:\n\n" +
                      report::layer_error_table(report::worst_layers(rows, kWorst)));
    report.layers.insert(report.layers.end(), rows.begin(), rows.end());
    result["explanations"].push_back({{"file", one.file}, {"layers", json_of(one.errors)}});
  }
  if (!options.report.empty()) {
    report::write_html_report(report, options.report);
    print(common, "\nreport: " + options.report + "\n");
  }
  emit_json(common, result);
}

}  // namespace

void add_compare(CLI::App& app, CommonOptions& common) {
  auto options = std::make_shared<CompareCommandOptions>();
  CLI::App& command =
      *app.add_subcommand("compare", "One table: float, QAT and .tflite models on the same images");
  command.add_option("models", options->models, ".keras and .tflite files")->required();
  command.add_option("--data", options->data, "The images or arrays: see nudge data info")->required();
  add_preprocess_option(command, options->score.preprocess);
  command.add_flag("--strict", options->score.strict, "A damaged file is an error; else it is left out");
  command.add_option("--split", options->split, "train, validation, test or all (test)")
      ->check(CLI::IsMember(kSplits));
  command
      .add_option("--runtime", options->runtime,
                  "Of .tflite files: auto, litert, litert-reference or reference (auto)")
      ->check(CLI::IsMember(kRuntimes));
  CLI::Option* explain =
      command.add_flag("--explain", options->explain,
                       "Say layer by layer what a quantized .keras model loses, and what to try");
  command.add_option("--count", options->count, "With --explain: look at so many images at most (64)")
      ->check(whole_number(1))
      ->needs(explain);
  command.add_option("--report", options->report, "Write the tables to this HTML file");
  define(command, common, [options, &common] { compare(*options, common); });
}

}  // namespace nudge::cli
