#include "nudge/quantize/call_roles.h"

#include <algorithm>

namespace nudge::quantize {

bool moves_values(CallOps call) {
  return !call.empty() && std::all_of(call.begin(), call.end(), [](const ops::Operation& operation) {
    return ops::moves_values(operation.primitive) && !operation.is<ops::Gather>();
  });
}

bool keeps_scale(CallOps call) { return call.size() == 1 && ops::keeps_scale(call.front().primitive); }

ops::Activation function_of(CallOps call) {
  const auto* activate = call.empty() ? nullptr : call.back().as<ops::Activate>();
  return activate == nullptr ? ops::Activation{} : activate->activation;
}

const ops::Operation& computing_operation(CallOps call) {
  const bool own_function = call.size() > 1 && call.back().is<ops::Activate>();
  return own_function ? call[call.size() - 2] : call.back();
}

bool is_product(CallOps call) {
  return !call.empty() && ops::is_product(computing_operation(call).primitive);
}

bool is_normalization(CallOps call) { return call.size() == 1 && call.front().is<ops::Normalize>(); }

bool is_fusable_relu(CallOps call) {
  const ops::Activation function = function_of(call);
  return call.size() == 1 && function.plain_relu() && function.max_value.value_or(6.0) == 6.0;
}

bool is_tfmot_relu(const Layer& layer, CallOps call) {
  const ops::Activation function = function_of(call);
  return layer.class_name() == "ReLU" ||
         (layer.class_name() == "Activation" && function.plain_relu() && !function.max_value);
}

}  // namespace nudge::quantize
