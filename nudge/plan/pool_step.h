// Pooling on codes or floats: a maximum of codes stays on their grid, a mean is float.
#pragma once

#include "nudge/plan/operation.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// Of MaxPooling2D, AveragePooling2D and GlobalAveragePooling2D; null for any other operation.
StepPtr make_pool_step(const Operation& operation, const Values& values);

}  // namespace nudge::plan
