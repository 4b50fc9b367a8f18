#include "nudge/base/error.h"
#include "nudge/plan/fused_steps.h"
#include "nudge/plan/plain_steps.h"
#include "nudge/plan/step_plan.h"

namespace nudge::plan {

std::unique_ptr<Plan> compile(ModelPtr model, const PlanOptions& options) {
  if (options.precision != Precision::kFloat32) {
    throw UnsupportedError("precision bf16 is not available: no step computes in it; use f32");
  }
  Program program = lower(model);
  std::vector<StepPtr> steps = options.fused ? fused_steps(program) : unfused_steps(program);
  return std::make_unique<StepPlan>(std::move(model), std::move(program), std::move(steps), options);
}

}  // namespace nudge::plan
