// The step that joins tensors along a dimension and puts the result on its grid.
#pragma once

#include "nudge/plan/step.h"
#include "nudge/quantize/ranges.h"

namespace nudge::plan {

// `range` is of the quantizer behind it, whose output is `output`; null: there is none.
StepPtr make_concatenate_step(const ops::Operation& concatenate, const Values& values, ValueId output,
                              quantize::Range* range);

}  // namespace nudge::plan
