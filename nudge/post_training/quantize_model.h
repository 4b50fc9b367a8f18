// Post-training quantization: a float model with ranges read off representative data.
#pragma once

#include <cstdint>
#include <string>

#include "nudge/data/batch_stream.h"
#include "nudge/graph/model.h"
#include "nudge/post_training/calibration_method.h"

namespace nudge::post_training {

struct PostTrainingOptions {
  Calibration calibration;  // how ranges are read off the data
  int64_t batches = 0;      // shown; 0: all that an epoch of the data has
  std::string keep_float;   // layers whose whole name matches this expression stay float; empty: none
  uint64_t seed = 0;        // of weights that have no value yet
};

// A quantized copy of the float model.  Where the data are pixels, its input is on their own grid: see
// on_pixel_grid() of input_grid.h.  Throws what quantize::quantize_model() does, ValueError when no layer is
// left to quantize, and NumericError naming the tensor whose values are not finite.
ModelPtr quantize_model(const Model& model, data::BatchStream& data, const PostTrainingOptions& options = {});

}  // namespace nudge::post_training
