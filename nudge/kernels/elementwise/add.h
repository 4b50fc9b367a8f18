// The sum of two tensors between blocks: on 8-bit codes (a quantized model) and on floats (Grid pointer
// null).
//
// Gradients are float and in real units.  Everything runs on the pool of threads and gives the same bits at
// any thread count.
#pragma once

#include <cstdint>

#include "nudge/kernels/channels/min_max.h"
#include "nudge/kernels/values/operand.h"

namespace nudge::kernels {

// Sum of real values.  `relu` clips at 0 and max_value (Keras's Add followed by ReLU).
// Range of a + b (after relu): for the output quantizer's EMA.
struct AddActivation {
  bool relu = false;
  float max_value = 0.0f;  // 0: no upper limit
};
MinMax add_range(const Operand& a, const Operand& b, int64_t n, const AddActivation& options = {});
// Values when `grid` is null, else codes on it; the output may be an operand's memory.
void add(const Operand& a, const Operand& b, int64_t n, const AddActivation& options, const Reals& values);
void add(const Operand& a, const Operand& b, int64_t n, const AddActivation& options, const Grid& grid,
         uint8_t* codes);
// The gradient of both operands: dy where the sum is inside relu's and the grid's limits.  `grid` null:
// float.  dy and dx are of one format.
void add_gradient(const Operand& a, const Operand& b, const ConstReals& dy, int64_t n,
                  const AddActivation& options, const Grid* grid, const Reals& dx);

}  // namespace nudge::kernels
