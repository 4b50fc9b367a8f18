// The program of a quantized model: its quantizers stand in it as operations.
#pragma once

#include <vector>

#include "nudge/ops/program.h"
#include "nudge/quantize/ranges.h"

namespace nudge::quantize {

// The layer that computes: what a wrapper wraps, or the layer itself.
const Layer& computing_layer(const Layer& layer);
// Whether quantization wraps the layer (it may still have no quantizer of its own).
bool is_wrapped(const Layer& layer);

// Puts a Quantize behind every value, and before every use of a weight, that a wrapper has a slot for.  All
// readers, calls and outputs then have the quantized value.  `ranges` are those of the program's model.
ops::Program with_quantizers(ops::Program program, const Ranges& ranges);

// Which range each value of such a program is on: that of its quantizer, or through operations that only move
// values that of their input; null where it stays float or only exists fused into what follows (a convolution
// before its normalisation).  What feeds a Concatenate and has no quantizer of its own (TFMOT takes it off)
// is on the Concatenate's.
std::vector<const Range*> ranges_of_values(const ops::Program& program, const Ranges& ranges);

}  // namespace nudge::quantize
