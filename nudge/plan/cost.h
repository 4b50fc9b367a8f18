// What a step costs: floating-point operations and bytes, for one image.
#pragma once

#include <cstdint>

#include "nudge/plan/operation.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// A multiplication and an addition for each weight that a product applies; one operation for each element
// of any other output.
int64_t flops_of(const Operation& operation, const Values& values);

// What a forward reads and writes: 4 bytes an element, 1 where the last forward left codes.
int64_t bytes_of(const Step& step, const Values& values);

}  // namespace nudge::plan
