// The sum of two tensors with the quantizer behind it, on codes or floats.
#pragma once

#include "nudge/kernels/elementwise/add.h"
#include "nudge/plan/lowering.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// A sum of two inputs of one shape.
bool is_plain_add(const ops::Operation& operation, const Values& values);

// Writes `output`: the sum, or what the quantizer of `range` (or null) makes of it.
StepPtr make_add_step(const ops::Operation& add, const kernels::AddActivation& activation, ValueId output,
                      quantize::Range* range);

}  // namespace nudge::plan
