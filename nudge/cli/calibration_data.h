// The data that ranges are read off: all of what is given, or what --split and --count leave of it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "nudge/cli/model_file.h"

namespace nudge::cli {

struct CalibrationData {
  std::string source;         // empty: none
  std::string split = "all";  // of the source
  int64_t count = 0;          // images at most, spread over the classes; 0: all
  bool strict = false;        // a damaged file is an error
};

// Adds `flag`, which names the source, with --split, --count and --strict, which need it; returns the first.
CLI::Option* add_calibration_data(CLI::App& command, const std::string& flag, const std::string& help,
                                  CalibrationData& data);

// Feeds the model with that data, which `source` is, in order.
std::unique_ptr<data::Loader> calibration_loader(const std::string& name, const Model& model,
                                                 const data::Preprocess& preprocess,
                                                 std::shared_ptr<const data::Source> source,
                                                 const CalibrationData& data);

}  // namespace nudge::cli
