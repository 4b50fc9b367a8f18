// Passes over data that set state other than the weights: ranges, and BatchNormalization's averages.
#pragma once

#include "nudge/data/batch_stream.h"
#include "nudge/plan/plan.h"

namespace nudge::train {

// Shows the ranges of a quantized model `batches` batches in inference: where QAT starts from, and all that
// post-training quantization does.  Throws ValueError when the model is not quantized.
void calibrate(plan::Plan& plan, data::BatchStream& data, int64_t batches);

// The same of a model, at most an epoch of the data.  `seed`: of weights that have no value yet.
void calibrate_model(const ModelPtr& quantized, data::BatchStream& data, int64_t batches, uint64_t seed = 0);

// Replaces the moving averages by the plain mean of the statistics of `batches` training batches.
void reestimate_batch_normalization(plan::Plan& plan, data::BatchStream& data, int64_t batches);

}  // namespace nudge::train
