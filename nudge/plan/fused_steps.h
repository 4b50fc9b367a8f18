// Fused blocks and grid steps where there are some, plain steps elsewhere.
#pragma once

#include <vector>

#include "nudge/plan/lowering.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

std::vector<StepPtr> fused_steps(const Lowered& lowered);

}  // namespace nudge::plan
