// Dropout, whose mask depends on the seed, the layer and the number of the step alone.
#pragma once

#include "nudge/ops/program.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

StepPtr make_dropout_step(const ops::Operation& operation);

}  // namespace nudge::plan
