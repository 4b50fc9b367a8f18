#include "nudge/plan/relu.h"

namespace nudge::plan {

std::optional<kernels::BlockActivation> kernel_activation(const ops::Operation& operation) {
  const auto* activate = operation.as<ops::Activate>();
  if (activate == nullptr || activate->activation.function != ops::Function::kRelu) return std::nullopt;
  const ops::Activation& relu = activate->activation;
  if (relu.threshold != 0.0 || relu.max_value.value_or(1.0) <= 0.0) return std::nullopt;
  kernels::BlockActivation activation{.relu = true,
                                      .negative_slope = static_cast<float>(relu.negative_slope)};
  if (relu.max_value) activation.max_value = static_cast<float>(*relu.max_value);
  return activation;
}

}  // namespace nudge::plan
