#include "nudge/cli/explanation.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/explain/explain.h"

namespace nudge::cli {
namespace {

// Every output of every layer is kept three times over while a batch is computed.
constexpr int64_t kBatch = 4;

std::vector<std::vector<Array>> batches_of(data::Loader& loader) {
  std::vector<std::vector<Array>> batches;
  for (int64_t step = 0; step < loader.steps_per_epoch(); ++step) {
    const data::Batch batch = loader.next();
    for (int64_t first = 0; first < batch.rows(); first += kBatch) {
      auto& inputs = batches.emplace_back();
      for (const Array& input : batch.inputs) {
        inputs.push_back(input.slice(first, std::min(batch.rows(), first + kBatch)));
      }
    }
  }
  return batches;
}

Json ratio(double decibels) { return std::isfinite(decibels) ? Json(decibels) : Json(nullptr); }

}  // namespace

std::vector<explain::LayerError> explanation(const std::string& name, const ModelPtr& model,
                                             const data::Preprocess& preprocess,
                                             const ExplanationOptions& options) {
  const auto inputs = train::inputs_of(*model);
  const auto loader = evaluation_loader(name, told_feed(name, inputs, {}, *options.source), inputs,
                                        preprocess, options.source, options.split, options.count);
  return explain::explain(model, batches_of(*loader));
}

std::vector<report::LayerErrorRow> rows_of(const std::vector<explain::LayerError>& errors) {
  std::vector<report::LayerErrorRow> rows;
  for (const explain::LayerError& error : errors) {
    rows.push_back({.layer = error.layer,
                    .simulated = error.simulated_sqnr,
                    .file = error.file_sqnr,
                    .own = error.own_sqnr,
                    .largest = error.largest_error,
                    .beyond = error.saturated,
                    .note = error.advice});
  }
  return rows;
}

Json json_of(const std::vector<explain::LayerError>& errors) {
  Json rows = Json::array();
  for (const explain::LayerError& error : errors) {
    rows.push_back({{"layer", error.layer},
                    {"together", error.together},
                    {"simulated_sqnr_db", ratio(error.simulated_sqnr)},
                    {"file_sqnr_db", ratio(error.file_sqnr)},
                    {"own_sqnr_db", ratio(error.own_sqnr)},
                    {"largest_error_steps", error.largest_error},
                    {"file_to_simulation_steps", error.parted},
                    {"beyond_range", error.saturated},
                    {"codes", error.codes},
                    {"scale_move", error.scale_move},
                    {"float_island", error.island},
                    {"advice", error.advice}});
  }
  return rows;
}

}  // namespace nudge::cli
