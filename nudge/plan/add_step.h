// The sum of two tensors with the quantizer behind it, on codes or floats.
#pragma once

#include "nudge/plan/lowering.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// An Add of two inputs of one shape.
bool is_plain_add(const Operation& operation, const Values& values);

// With `quantizer` (or null), whose only input is the sum.
StepPtr make_add_step(const Operation& add, const Operation* quantizer);

}  // namespace nudge::plan
