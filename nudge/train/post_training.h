// Post-training quantization: a float model with ranges read off representative data.
#pragma once

#include <cstdint>

#include "nudge/data/batch_stream.h"
#include "nudge/graph/model.h"

namespace nudge::train {

enum class CalibrationMethod {
  kAverage,  // the mean of the batches' extremes: outliers of single batches are clipped
  kMinMax,   // the extremes of everything seen
};

struct PostTrainingOptions {
  CalibrationMethod method = CalibrationMethod::kAverage;
  int64_t batches = 0;  // shown; 0: all that an epoch of the data has
  uint64_t seed = 0;    // of weights that have no value yet
};

// A quantized copy of the float model.  Where the data are pixels, its input is on their own grid: see
// on_pixel_grid() of input_grid.h.  Throws what quantize::quantize_model() does.
ModelPtr quantize_post_training(const Model& model, data::BatchStream& data,
                                const PostTrainingOptions& options = {});

// Shows a quantized model's ranges up to `batches` batches: where QAT starts from.
void calibrate_model(const ModelPtr& quantized, data::BatchStream& data, int64_t batches, uint64_t seed = 0);

}  // namespace nudge::train
