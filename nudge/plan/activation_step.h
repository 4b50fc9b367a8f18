// Activation functions without libtorch, so that most models train without loading it.
#pragma once

#include "nudge/plan/operation.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// For operations of kind kActivation, and for Softmax over the last dimension; null for any other.
StepPtr make_activation_step(const Operation& operation, const Values& values);

}  // namespace nudge::plan
