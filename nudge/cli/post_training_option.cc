#include "nudge/cli/post_training_option.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/cli/data_source.h"
#include "nudge/cli/flag_value.h"
#include "nudge/cli/number_check.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/post_training/quantize_model.h"
#include "nudge/post_training/search.h"
#include "nudge/post_training/sensitive_layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/report/table.h"

namespace nudge::cli {
namespace {

// Of the representative data, for --keep-float N.
constexpr int64_t kExplainedBatches = 2;

bool is_count(const std::string& text) {
  return !text.empty() && text.size() < 6 &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::string decibels(double value) { return std::isinf(value) ? "equal" : fmt::format("{:.1f}", value); }

std::vector<std::string> row_of(const post_training::Trial& trial) {
  return {to_string(trial.calibration), std::to_string(trial.float_layers),
          trial.accuracy ? fmt::format("{:.4f}", *trial.accuracy) : "-", decibels(trial.sqnr),
          report::human_size(trial.bytes)};
}

Json json_of(const post_training::Trial& trial) {
  return {{"calibration", to_string(trial.calibration)},
          {"float_layers", trial.float_layers},
          {"keep_float", trial.keep_float},
          {"accuracy", trial.accuracy ? Json(*trial.accuracy) : Json(nullptr)},
          {"sqnr", std::isinf(trial.sqnr) ? Json(nullptr) : Json(trial.sqnr)},
          {"bytes", trial.bytes}};
}

// The layers that lose most with this calibration, as an expression.
std::string most_sensitive(const Model& model, data::BatchStream& data,
                           const post_training::PostTrainingOptions& options, size_t count) {
  auto layers = post_training::sensitive_layers(post_training::quantize_model(model, data, options), data,
                                                kExplainedBatches);
  layers.resize(std::min(count, layers.size()));
  data.seek(0, 0);
  return post_training::expression_of(layers);
}

Json search(const PostTrainingOption& option, data::BatchStream& representative,
            data::BatchStream& validation, const convert::ConvertOptions& wanted, LoadedModel& loaded,
            const CommonOptions& common) {
  const auto found = post_training::search(
      loaded.model, representative, validation,
      {.seconds = option.search_seconds, .seed = common.seed, .convert = wanted, .tell = {}});
  loaded.model = found.model;
  std::vector<std::vector<std::string>> rows;
  Json trials = Json::array();
  for (const post_training::Trial& trial : found.trials) {
    rows.push_back(row_of(trial));
    trials.push_back(json_of(trial));
  }
  print(common, report::render_table({"calibration", "float layers", "accuracy", "signal/error dB", "size"},
                                     rows, {1, 2, 3, 4}));
  print(common, fmt::format("chosen: {}{}\n", to_string(found.best.calibration),
                            found.best.keep_float.empty() ? "" : ", in float " + found.best.keep_float));
  return {{"trials", trials}, {"chosen", json_of(found.best)}};
}

}  // namespace

void add_post_training_option(CLI::App& command, PostTrainingOption& option) {
  CLI::Option* representative =
      add_calibration_data(command, "--representative",
                           "Data for post-training quantization of a float model", option.representative);
  CLI::Option* calibration =
      command
          .add_option(
              "--calibration", option.calibration,
              "With --representative: average, minmax, percentile, percentile:P, mse or entropy (average)")
          ->needs(representative);
  CLI::Option* keep_float =
      command
          .add_option("--keep-float", option.keep_float,
                      "With --representative: layers that stay float, by an expression their whole names "
                      "match, or how many of those that lose most")
          ->needs(representative);
  command
      .add_option("--search", option.search_seconds,
                  "With --representative: try calibrations and float layers on its validation images for so "
                  "many seconds, and take the best")
      ->check(positive_number())
      ->needs(representative)
      ->excludes(calibration)
      ->excludes(keep_float);
}

Json quantize_post_training(const PostTrainingOption& option, const std::string& name,
                            const std::string& preprocess, const convert::ConvertOptions& wanted,
                            LoadedModel& loaded, const CommonOptions& common) {
  if (quantize::is_quantized(*loaded.model))
    throw ValueError(name + ": is quantized already; --representative is for float models");
  post_training::PostTrainingOptions options{
      .calibration = value_of_flag(
          "--calibration", [&] { return post_training::calibration_from_string(option.calibration); }),
      .seed = common.seed};
  const bool expression = !option.keep_float.empty() && !is_count(option.keep_float);
  if (expression) check_layers("--keep-float", option.keep_float, *loaded.model);
  const auto source = open_data(option.representative.source);
  const auto scaling = decide_preprocess(preprocess, name, loaded, source.get());
  const auto loader = [&](const std::string& split) {
    CalibrationData data = option.representative;
    data.split = split;
    return calibration_loader(name, *loaded.model, scaling.preprocess, source, data);
  };
  if (option.search_seconds > 0) {
    // What judges must not have set the ranges.
    const auto representative = loader("train"), validation = loader("validation");
    return search(option, *representative, *validation, wanted, loaded, common);
  }
  const auto representative = loader(option.representative.split);
  options.keep_float = is_count(option.keep_float)
                           ? most_sensitive(*loaded.model, *representative, options,
                                            static_cast<size_t>(std::stoul(option.keep_float)))
                           : option.keep_float;
  loaded.model = post_training::quantize_model(*loaded.model, *representative, options);
  return nullptr;
}

}  // namespace nudge::cli
