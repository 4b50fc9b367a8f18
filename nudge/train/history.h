// What training reports, epoch by epoch.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nudge/base/json.h"

namespace nudge::train {

struct History {
  // "loss", "accuracy", "val_loss", "val_accuracy", ...: one value an epoch.
  std::map<std::string, std::vector<double>> metrics;
  // "QUANTIZER/distance" and "QUANTIZER/saturation" of the ranges of activations: one value an epoch.
  std::map<std::string, std::vector<double>> ranges;
  // The number of the first epoch that `metrics` holds.
  int initial_epoch = 0;
  // The first epoch with quantization, where there was one.
  std::optional<int> qat_start_epoch;

  int epochs() const;
  void append(const std::map<std::string, double>& epoch,
              const std::map<std::string, double>& range_figures = {});
  // `later` goes on where this ends; a metric that one side lacks is filled with NaN.
  void extend(const History& later);

  // {"history": {metric: [...]}, "range_history": {name: [...]}, "qat_start_epoch": ...}
  Json to_json() const;
  // Throws InputError naming `where` when it is not of that form.
  static History from_json(const Json& json, const std::string& where);
};

}  // namespace nudge::train
