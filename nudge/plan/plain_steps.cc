#include "nudge/plan/plain_steps.h"

#include "nudge/plan/cost.h"
#include "nudge/plan/dropout_step.h"
#include "nudge/plan/fake_quant_step.h"
#include "nudge/plan/fallback_step.h"
#include "nudge/plan/view_step.h"

namespace nudge::plan {

StepPtr plain_step(const Operation& operation, bool codes) {
  switch (operation.kind) {
    case Operation::Kind::kFakeQuantize:
      return make_fake_quant_step(operation, codes && makes_codes(operation));
    case Operation::Kind::kView:
      return make_view_step(operation);
    case Operation::Kind::kDropout:
      return make_dropout_step(operation);
    case Operation::Kind::kLayer:
    case Operation::Kind::kActivation:
      break;
  }
  return make_fallback_step(operation);
}

std::vector<StepPtr> unfused_steps(const Program& program) {
  std::vector<StepPtr> steps;
  for (const Operation& operation : program.operations) {
    steps.push_back(plain_step(operation, /*codes=*/false));
    steps.back()->description().flops = flops_of(operation, program.values);
  }
  return steps;
}

}  // namespace nudge::plan
