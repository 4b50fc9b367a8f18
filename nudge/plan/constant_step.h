// A constant of the program: bound once a pass, nothing is computed.
#pragma once

#include "nudge/ops/program.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

StepPtr make_constant_step(const ops::Operation& operation);

}  // namespace nudge::plan
