// Dropout and noise, which depend on the seed, the layer and the number of the step alone.
#pragma once

#include "nudge/ops/program.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// Null where the operation is neither.
StepPtr make_noise_step(const ops::Operation& operation);

}  // namespace nudge::plan
