// Ways to read an activation's range off representative data.
#pragma once

#include <string>

#include "nudge/post_training/clipping.h"

namespace nudge::post_training {

enum class CalibrationMethod {
  kAverage,     // the mean of the batches' extremes: outliers of single batches are clipped
  kMinMax,      // the extremes of everything seen
  kPercentile,  // see clipping.h, of this and the next two
  kSquaredError,
  kEntropy,
};

struct Calibration {
  CalibrationMethod method = CalibrationMethod::kAverage;
  double percentile = 99.99;  // of kPercentile

  bool operator==(const Calibration&) const = default;
};

// "average", "minmax", "percentile" or "percentile:99.9", "mse", "entropy".  Throws ValueError with these
// names.
Calibration calibration_from_string(const std::string& text);
std::string to_string(const Calibration& calibration);

// The range of values that went to `bits`.  Throws ValueError on kAverage, which no histogram gives.
Limits limits_of(const ValueHistogram& values, const Calibration& calibration, int bits);

}  // namespace nudge::post_training
