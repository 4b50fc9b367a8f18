// What a step of a plan costs in training, forward and backward together, for one image: the floating-point
// operations that its layers ask for, and the bytes that it has to move at least.
#pragma once

#include <cstdint>

#include "nudge/ops/program.h"
#include "nudge/plan/plan.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// Of a product: a multiplication and an addition for each weight that makes an output element, and the same
// again for each gradient that is wanted, the weights' and the input's.  Of anything else: one operation for
// each element of the larger of input and output, and one more for its gradient.  Of a view: none.
int64_t flops_of(const ops::Operation& operation, const Values& values);

// With no more cache than a step's chunk needs: a pass over the whole batch reads and writes memory, what is
// done within a pass is free.  Codes count 1 byte, gradients and other values 4, or 2 where they are
// kept in bfloat16; a weight 4.
//
// A block (counted as one that normalises by the batch or follows a range, so that nothing can be applied
// before all is summed) reads its input, writes the product's result, goes once more over the smaller of the
// two and writes its output; backward it reads gradient and result twice, the input once, and writes the
// input's gradient.  Its kernel is read twice and its gradient written, once a batch: an image's share is
// that of the last batch.  Other steps read inputs and write the output; backward they read inputs and
// gradient and write each input's gradient.
//
// Codes are known after a forward; before one everything counts as floats of a batch of one.
int64_t bytes_of(const Step& step, const Values& values);

}  // namespace nudge::plan
