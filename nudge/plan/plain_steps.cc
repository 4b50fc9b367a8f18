#include "nudge/plan/plain_steps.h"

#include "nudge/plan/constant_step.h"
#include "nudge/plan/cost.h"
#include "nudge/plan/distortion/distort_step.h"
#include "nudge/plan/fake_quant_step.h"
#include "nudge/plan/fallback_step.h"
#include "nudge/plan/noise_step.h"
#include "nudge/plan/view_step.h"

namespace nudge::plan {

StepPtr plain_step(const Lowered& lowered, const ops::Operation& operation, bool codes) {
  if (quantize::Range* range = lowered.range(operation)) {
    return make_fake_quant_step(operation, *range, codes && makes_codes(operation, *range));
  }
  if (is_view(operation)) return make_view_step(operation);
  if (operation.is<ops::Constant>()) return make_constant_step(operation);
  if (operation.is<ops::Distort>()) return make_distort_step(operation);
  if (StepPtr noise = make_noise_step(operation)) return noise;
  return make_fallback_step(operation);
}

std::vector<StepPtr> unfused_steps(const Lowered& lowered) {
  std::vector<StepPtr> steps;
  for (const ops::Operation& operation : lowered.program.operations) {
    steps.push_back(plain_step(lowered, operation, /*codes=*/false));
    steps.back()->description().flops = flops_of(operation, lowered.values);
  }
  return steps;
}

}  // namespace nudge::plan
