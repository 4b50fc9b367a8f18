#include <algorithm>

#include "nudge/plan/fused_steps.h"
#include "nudge/plan/plain_steps.h"
#include "nudge/plan/step_plan.h"

namespace nudge::plan {
namespace {

// A block keeps its input and its output in one form, so sequences that are images for a while are floats.
bool has_sequences(const ops::Program& program) {
  return std::any_of(
      program.operations.begin(), program.operations.end(), [&](const ops::Operation& operation) {
        return operation.is<ops::Reshape>() && program.value(operation.output).shape.size() == 4;
      });
}

// Images are what fills memory; what a Dense reads and gives is small, and a loss wants its digits.
void keep_images_in_bfloat16(Values& values) {
  for (ValueId id = 0; id < static_cast<ValueId>(values.size()); ++id) {
    const ValueSpec& spec = values.spec(id);
    if (spec.weight == nullptr && spec.shape.size() == 4 && spec.shape[0] == kUnknown) {
      values.keep_in_bfloat16(id);
    }
  }
}

}  // namespace

std::unique_ptr<Plan> compile(ModelPtr model, const PlanOptions& options) {
  Lowered lowered = lower(model);
  if (options.fused && options.precision == Precision::kBfloat16 && !has_sequences(lowered.program))
    keep_images_in_bfloat16(lowered.values);
  std::vector<StepPtr> steps = options.fused ? fused_steps(lowered) : unfused_steps(lowered);
  return std::make_unique<StepPlan>(std::move(model), std::move(lowered), std::move(steps), options);
}

}  // namespace nudge::plan
