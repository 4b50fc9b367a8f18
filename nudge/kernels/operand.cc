#include "nudge/kernels/operand.h"

#include "nudge/kernels/steps.h"

namespace nudge::kernels {

const float* load_floats(const Operand& operand, int64_t offset, int64_t count, float* scratch) {
  if (operand.values.f32 != nullptr) return operand.values.f32 + offset;
  if (operand.values.bf16 != nullptr) {
    widen(operand.values.bf16 + offset, count, scratch);
  } else {
    codes_to_steps(operand.codes + offset, count, operand.grid.zero_point, scratch);
  }
  return scratch;
}

}  // namespace nudge::kernels
