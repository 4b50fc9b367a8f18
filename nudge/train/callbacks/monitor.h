// What callbacks have in common that go by a metric: whether it has become better.
#pragma once

#include <optional>
#include <string>

#include "nudge/train/callback.h"

namespace nudge::train {

class Monitor {
 public:
  // `who` starts messages: "early stopping".  `mode`: "min", "max", or "auto": a loss, an error or a distance
  // shall fall, all else rise.  Throws ValueError on another mode.
  Monitor(std::string who, std::string name, const std::string& mode, double min_delta);

  const std::string& name() const { return name_; }
  // None where quantization-aware training has not measured the integers in this epoch.  Throws ValueError
  // naming the metric that is not reported at all.
  std::optional<double> value(const Logs& logs) const;
  // Whether a value is better than a reference, by more than min_delta; any number is better than none.
  bool improves(double value, std::optional<double> reference) const;

 private:
  std::string who_;
  std::string name_;
  bool smaller_ = true;
  double min_delta_;
};

}  // namespace nudge::train
