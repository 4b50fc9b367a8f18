#include "nudge/kernels/values/operand.h"

#include "nudge/kernels/matmul/packing.h"

namespace nudge::kernels {

const float* load_floats(const Operand& operand, int64_t offset, int64_t count, float* scratch) {
  if (operand.values.f32 != nullptr) return operand.values.f32 + offset;
  if (operand.values.bf16 != nullptr) {
    widen(operand.values.bf16 + offset, count, scratch);
  } else {
    subtract_zero_point(operand.codes + offset, count, operand.grid.zero_point, scratch);
  }
  return scratch;
}

}  // namespace nudge::kernels
