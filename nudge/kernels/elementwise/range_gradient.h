// The gradient of an output quantizer's range, where a pass of its own gathers it.
#pragma once

#include <cstdint>

#include "nudge/kernels/elementwise/add.h"
#include "nudge/kernels/elementwise/concatenate.h"
#include "nudge/kernels/values/operand.h"
#include "nudge/kernels/values/range_gradient.h"

namespace nudge::kernels {

// Of values x that were put on `grid`, and the gradient dy of what came of it.  A grid of no width has none.
// On the pool of threads, with the same bits at any thread count.
RangeGradient range_gradient(const float* x, const float* dy, int64_t n, const Grid& grid);
// Of a + b behind `activation`.
RangeGradient range_gradient(const Operand& a, const Operand& b, const ConstReals& dy, int64_t n,
                             const AddActivation& activation, const Grid& grid);
// Of a tensor that is joined with others; dy points to its first element of the result's.
RangeGradient range_gradient(const Operand& x, const Runs& runs, const ConstReals& dy, const Grid& grid);

}  // namespace nudge::kernels
