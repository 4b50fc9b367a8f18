// A quantizer as a step of its own: observe, move the range, round to its grid; straight-through backward.
#pragma once

#include "nudge/plan/operation.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// For operations of kind kFakeQuantize.  With `codes`, which needs makes_codes(), the values are stored in
// 8 bits.
StepPtr make_fake_quant_step(const Operation& operation, bool codes);

// Whether the operation puts an activation on one grid of at most 8 bits.
bool makes_codes(const Operation& operation);

// Shows a range what a tensor of its quantizer holds; channels are the last dimensions (a depthwise
// kernel's last two) where there is more than one range.
void observe(quantize::Range& range, const float* x, int64_t n);

}  // namespace nudge::plan
