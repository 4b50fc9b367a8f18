// The invariant between a quantized model and its file: every 8-bit tensor has exactly one quantizer, and
// every quantizer a tensor.
#pragma once

#include <string>
#include <vector>

#include "nudge/convert/emitter.h"
#include "nudge/graph/model.h"
#include "nudge/ops/program.h"
#include "nudge/quantize/ranges.h"
#include "nudge/tflite/model.h"

namespace nudge::convert {

// One line for each violation; empty when the invariant holds.  A tensor that carries a layer's name must be
// on the grid that training put that layer's output on; any other 8-bit activation on the grid of some
// quantizer.  Weights and biases do not count: their grids follow from folding.
// The grids that settle_ranges() moves count as moved.
// It holds for scheme "nudge"; TFMOT leaves tensors without a quantizer (a softmax output, an average).
std::vector<std::string> quantizer_mismatches(const Model& quantized, const tflite::TfLiteModel& file);
// The same, of a program with its quantizers and their ranges.
std::vector<std::string> quantizer_mismatches(const ops::Program& program, const quantize::Ranges& ranges,
                                              const tflite::TfLiteModel& file, const MovedGrids& moved);

}  // namespace nudge::convert
