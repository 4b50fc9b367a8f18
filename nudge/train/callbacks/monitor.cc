#include "nudge/train/callbacks/monitor.h"

#include <cmath>

#include "nudge/base/error.h"

namespace nudge::train {

Monitor::Monitor(std::string who, std::string name, const std::string& mode, double min_delta)
    : who_(std::move(who)), name_(std::move(name)), min_delta_(std::abs(min_delta)) {
  if (mode != "auto" && mode != "min" && mode != "max") {
    throw ValueError(who_ + ": mode is auto, min or max, not '" + mode + "'");
  }
  const bool falls = name_.ends_with("loss") || name_.ends_with("error") || name_.ends_with("distance");
  smaller_ = mode == "auto" ? falls : mode == "min";
}

std::optional<double> Monitor::value(const Logs& logs) const {
  const auto found = logs.find(name_);
  if (found != logs.end()) return found->second;
  // QAT may measure the integers in some epochs only.
  if (name_.starts_with("val_") && logs.contains("val_simulated_loss") &&
      logs.contains("val_simulated_" + name_.substr(4))) {
    return std::nullopt;
  }
  throw ValueError(who_ + " monitors '" + name_ + "', which this training does not report");
}

bool Monitor::improves(double value, std::optional<double> reference) const {
  if (std::isnan(value)) return false;
  if (!reference) return true;
  return smaller_ ? value + min_delta_ < *reference : value - min_delta_ > *reference;
}

}  // namespace nudge::train
