// A quantizer as a step of its own: observe, move the range, round to its grid; straight-through backward.
#pragma once

#include "nudge/ops/program.h"
#include "nudge/plan/step.h"
#include "nudge/quantize/ranges.h"

namespace nudge::plan {

// Of a Quantize and its range.  With `codes`, which needs makes_codes(), the values are stored in 8 bits.
StepPtr make_fake_quant_step(const ops::Operation& operation, quantize::Range& range, bool codes);

// Whether the operation puts an activation on one grid of at most 8 bits.
bool makes_codes(const ops::Operation& operation, const quantize::Range& range);

}  // namespace nudge::plan
