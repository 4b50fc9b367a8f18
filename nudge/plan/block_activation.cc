#include "nudge/plan/block_activation.h"

#include "nudge/layers/layers.h"

namespace nudge::plan {
namespace {

std::optional<kernels::Activation> of_function(layers::ActivationFunction function) {
  switch (function) {
    case layers::ActivationFunction::kRelu:
      return kernels::Activation{.relu = true};
    case layers::ActivationFunction::kRelu6:
      return kernels::Activation{.relu = true, .max_value = 6.0f};
    case layers::ActivationFunction::kLinear:
    case layers::ActivationFunction::kSigmoid:
    case layers::ActivationFunction::kTanh:
    case layers::ActivationFunction::kSoftmax:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<kernels::Activation> block_activation(const Operation& operation) {
  if (operation.kind == Operation::Kind::kActivation) return of_function(operation.activation);
  if (operation.kind != Operation::Kind::kLayer) return std::nullopt;
  if (const auto* relu = dynamic_cast<const layers::ReLU*>(operation.layer)) {
    const layers::ReLUOptions& options = relu->options();
    if (options.threshold != 0.0 || options.max_value.value_or(1.0) <= 0.0) return std::nullopt;
    kernels::Activation activation{.relu = true,
                                   .negative_slope = static_cast<float>(options.negative_slope)};
    if (options.max_value) activation.max_value = static_cast<float>(*options.max_value);
    return activation;
  }
  if (const auto* leaky = dynamic_cast<const layers::LeakyReLU*>(operation.layer)) {
    return kernels::Activation{.relu = true,
                               .negative_slope = static_cast<float>(leaky->options().negative_slope)};
  }
  return std::nullopt;
}

}  // namespace nudge::plan
