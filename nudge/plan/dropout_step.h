// Dropout, whose mask depends on the seed, the layer and the number of the step alone.
#pragma once

#include "nudge/plan/operation.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

StepPtr make_dropout_step(const Operation& operation);

}  // namespace nudge::plan
