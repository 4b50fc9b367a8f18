// A step that libtorch computes (see fallback.h).
#pragma once

#include "nudge/plan/fallback.h"
#include "nudge/plan/operation.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// For operations of kind kLayer and kActivation.  Throws UnsupportedError when there is no such step.
StepPtr make_fallback_step(const Operation& operation);

}  // namespace nudge::plan
