// The step of a chain of operations on each element: a table look-up of codes, one pass over floats.
#pragma once

#include "nudge/plan/pointwise_chain.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

StepPtr make_pointwise_step(const Lowered& lowered, const PointwiseChain& chain);

}  // namespace nudge::plan
