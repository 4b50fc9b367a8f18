// One plain step for each operation.
#pragma once

#include <vector>

#include "nudge/plan/lowering.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// With `codes` quantizers store 8 bits where they can.
StepPtr plain_step(const Lowered& lowered, const ops::Operation& operation, bool codes);

// All of them, in floats: the oracle of the tests.
std::vector<StepPtr> unfused_steps(const Lowered& lowered);

}  // namespace nudge::plan
