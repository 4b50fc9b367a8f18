// Which layers of a quantized model lose most in 8 bits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/data/batch_stream.h"
#include "nudge/graph/model.h"

namespace nudge::post_training {

// Layers of one operator of the file, by their names in the float model.
using LayersTogether = std::vector<std::string>;

// What computes in integers and adds an error of its own to its inputs', the largest first; see
// explain::explain().  Looks at the first `batches` batches of the data.
std::vector<LayersTogether> sensitive_layers(const ModelPtr& quantized, data::BatchStream& data,
                                             int64_t batches);

// An expression that the layers' whole names match and no other; empty for none.
std::string expression_of(const std::vector<LayersTogether>& layers);

}  // namespace nudge::post_training
