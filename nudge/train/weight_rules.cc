#include "nudge/train/weight_rules.h"

namespace nudge::train {

double weight_penalty(plan::Plan& plan, bool gradients) {
  double sum = 0.0;
  for (plan::Parameter& parameter : plan.parameters()) {
    const Weight& weight = *parameter.weight;
    if (!weight.regularizer) continue;
    sum += weight.regularizer->penalty(weight.shape, weight.value.data<float>(),
                                       gradients ? parameter.gradient.data<float>() : nullptr);
  }
  return sum;
}

void constrain_weights(plan::Plan& plan) {
  for (plan::Parameter& parameter : plan.parameters()) {
    if (parameter.weight->constraint) parameter.weight->constraint->apply(parameter.weight->value);
  }
}

}  // namespace nudge::train
