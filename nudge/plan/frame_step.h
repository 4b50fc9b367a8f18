// Zeros around an image, and a part cut out of a tensor: whole elements are copied, in the form that they
// have.
#pragma once

#include "nudge/plan/step.h"

namespace nudge::plan {

// Null for another operation, and for a cut that skips elements or turns them round.
StepPtr make_frame_step(const ops::Operation& operation, const Values& values);

}  // namespace nudge::plan
