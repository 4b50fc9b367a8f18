// Activation functions without libtorch, so that most models train without loading it.
#pragma once

#include "nudge/ops/program.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// For Activate with a function that needs no slope or threshold, softmax over the last dimension; null for
// any other operation.
StepPtr make_activation_step(const ops::Operation& operation, const Values& values);

}  // namespace nudge::plan
