// Where a quantized model parts from its float layers, layer by layer.
#pragma once

#include <span>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/explain/layer_error.h"
#include "nudge/graph/model.h"

namespace nudge::explain {

// Computes the batches three ways (the layers in float, training's simulation, the converted file in the
// integer evaluator) and compares every layer whose output the file keeps, in the file's order.  Each batch
// holds the model's inputs in its order, float32, batch first; what lies between is kept for one batch at a
// time.  Throws ValueError when the model is not quantized or there is no batch, and what convert() throws.
std::vector<LayerError> explain(const ModelPtr& quantized, std::span<const std::vector<Array>> batches);

}  // namespace nudge::explain
