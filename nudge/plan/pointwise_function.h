// Functions of one number, with their slopes: what Activate computes element by element.
#pragma once

#include <cstdint>

#include "nudge/ops/activation.h"

namespace nudge::plan {

// False for what looks at neighbours: the softmaxes.
bool is_pointwise(const ops::Activation& activation);

// y of n numbers, and dy/dx at each unless `slope` is null; y may be x.  Where a bend has no slope it is that
// which libtorch gives.
void apply_pointwise(const ops::Activation& activation, const float* x, int64_t n, float* y, float* slope);

}  // namespace nudge::plan
