// Pooling on codes or floats: a maximum of codes stays on their grid, a mean is float.
#pragma once

#include "nudge/ops/program.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// Of Pool and of Reduce to an average; null for any other operation.
StepPtr make_pool_step(const ops::Operation& operation, const Values& values);

}  // namespace nudge::plan
