// What `convert` does to a float model that comes with representative data.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "nudge/cli/calibration_data.h"
#include "nudge/cli/command.h"
#include "nudge/cli/model_file.h"
#include "nudge/convert/convert.h"

namespace nudge::cli {

struct PostTrainingOption {
  CalibrationData representative;
  std::string calibration = "average";  // as post_training::calibration_from_string() takes it
  std::string keep_float;     // an expression that layers' names match, or how many of the most sensitive
  double search_seconds = 0;  // 0: no search

  bool given() const { return !representative.source.empty(); }
};

// Adds --representative and what needs it.
void add_post_training_option(CLI::App& command, PostTrainingOption& option);

// Quantizes the model in its place.  Returns what a search has tried, for --json; null without one.  Throws
// ValueError on a model that is quantized already.
Json quantize_post_training(const PostTrainingOption& option, const std::string& name,
                            const std::string& preprocess, const convert::ConvertOptions& wanted,
                            LoadedModel& loaded, const CommonOptions& common);

}  // namespace nudge::cli
