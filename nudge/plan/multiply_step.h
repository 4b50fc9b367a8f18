// The product of two tensors, or of a tensor and a number for each channel of an image, with the quantizer
// behind it.
#pragma once

#include <optional>

#include "nudge/kernels/elementwise/multiply.h"
#include "nudge/plan/lowering.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// A product of activations that the step computes: of one shape, or the second input with 1 in place of the
// dimensions between batch and channels.
bool is_plain_multiply(const ops::Operation& operation, const Values& values);

// Writes `output`: the product, or what the quantizer of `range` (or null) makes of it.
StepPtr make_multiply_step(const ops::Operation& multiply, ValueId output, quantize::Range* range);

}  // namespace nudge::plan
