// Reshape and Identity: nothing moves.
#pragma once

#include "nudge/ops/program.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// The same elements under another name or shape.
bool is_view(const ops::Operation& operation);
StepPtr make_view_step(const ops::Operation& operation);

}  // namespace nudge::plan
