// A step that libtorch computes (see fallback.h).
#pragma once

#include "nudge/ops/program.h"
#include "nudge/plan/fallback.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// Throws UnsupportedError when there is no such step.
StepPtr make_fallback_step(const ops::Operation& operation);

}  // namespace nudge::plan
