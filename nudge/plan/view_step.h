// Flatten and Reshape: nothing moves.
#pragma once

#include "nudge/plan/operation.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

StepPtr make_view_step(const Operation& operation);

}  // namespace nudge::plan
