// A fused block as a step: product + BatchNormalization + activation + output quantizer in kernels/block.h.
#pragma once

#include "nudge/plan/block_run.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

StepPtr make_block_step(const Program& program, const BlockRun& run);

}  // namespace nudge::plan
