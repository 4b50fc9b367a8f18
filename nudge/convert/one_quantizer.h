// The invariant between a quantized model and its file: every 8-bit tensor has exactly one quantizer, and
// every quantizer a tensor.
#pragma once

#include <string>
#include <vector>

#include "nudge/convert/convert.h"
#include "nudge/graph/model.h"
#include "nudge/tflite/model.h"

namespace nudge::convert {

// One line for each violation; empty when the invariant holds.  A tensor that carries a layer's name must be
// on the grid that training put that layer's output on; any other 8-bit activation on the grid of some
// quantizer.  Weights and biases do not count: their grids follow from folding.
// It holds for scheme "nudge"; TFMOT leaves tensors without a quantizer (a softmax output, an average).
// `options`: those that the file was converted with.
std::vector<std::string> quantizer_mismatches(const Model& quantized, const tflite::TfLiteModel& file,
                                              const ConvertOptions& options = {});

}  // namespace nudge::convert
