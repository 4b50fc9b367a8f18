// A softmax over the last dimension.
#pragma once

#include "nudge/plan/step.h"

namespace nudge::plan {

// Null for another operation.
StepPtr make_softmax_step(const ops::Operation& operation, const Values& values);

}  // namespace nudge::plan
