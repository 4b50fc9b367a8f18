// Random images of training, which depend on the seed, the layer and the number of the step alone.
#pragma once

#include "nudge/ops/program.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// Its backward throws UnsupportedError: what stands before it cannot be trained.
StepPtr make_distort_step(const ops::Operation& operation);

}  // namespace nudge::plan
