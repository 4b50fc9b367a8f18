// Post-training quantization: a float model with ranges read off representative data.
#pragma once

#include <string>

#include "nudge/cli/model_file.h"

namespace nudge::cli {

enum class CalibrationMethod {
  kAverage,  // the mean of the batches' extremes: outliers of single batches are clipped
  kMinMax,   // the extremes of everything seen
};

// Shows a quantized model's ranges up to `batches` batches of the source's training part.
void calibrate(const LoadedModel& loaded, std::shared_ptr<const data::Source> source, uint64_t seed,
               int64_t batches);

// A quantized copy of the float model, its ranges read off the source.
ModelPtr post_training_quantized(const LoadedModel& loaded, std::shared_ptr<const data::Source> source,
                                 uint64_t seed, CalibrationMethod method = CalibrationMethod::kAverage);

}  // namespace nudge::cli
