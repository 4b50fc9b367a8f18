#include "nudge/layers/activation_function.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "nudge/base/error.h"

namespace nudge::layers {
namespace {

using Row = std::pair<ActivationFunction, const char*>;
constexpr std::array<Row, 6> kNames = {{{ActivationFunction::kLinear, "linear"},
                                        {ActivationFunction::kRelu, "relu"},
                                        {ActivationFunction::kRelu6, "relu6"},
                                        {ActivationFunction::kSigmoid, "sigmoid"},
                                        {ActivationFunction::kTanh, "tanh"},
                                        {ActivationFunction::kSoftmax, "softmax"}}};

}  // namespace

std::string to_string(ActivationFunction function) {
  for (const auto& [known, name] : kNames) {
    if (known == function) return name;
  }
  throw ValueError("an activation function that has no name");
}

ActivationFunction activation_from_string(const std::string& name, const std::string& where) {
  for (const auto& [function, known] : kNames) {
    if (name == known) return function;
  }
  throw UnsupportedError(fmt::format("{}activation '{}' is not supported; use one of {}", where, name,
                                     fmt::join(activation_names(), ", ")));
}

ActivationFunction activation_from_json(const Json& json, const std::string& where) {
  if (json.is_null()) return ActivationFunction::kLinear;
  if (json.is_string()) return activation_from_string(json.get<std::string>(), where);
  // {"module": "builtins", "class_name": "function", "config": "relu"}
  if (json.is_object() && json.contains("config") && json["config"].is_string()) {
    return activation_from_string(json["config"].get<std::string>(), where);
  }
  throw UnsupportedError(where + "activation " + dump_json(json) + " is not a named function");
}

ops::Activation form_of(ActivationFunction function) {
  switch (function) {
    case ActivationFunction::kLinear:
      return {};
    case ActivationFunction::kRelu:
      return {.function = ops::Function::kRelu};
    case ActivationFunction::kRelu6:
      return {.function = ops::Function::kRelu, .max_value = 6.0};
    case ActivationFunction::kSigmoid:
      return {.function = ops::Function::kSigmoid};
    case ActivationFunction::kTanh:
      return {.function = ops::Function::kTanh};
    case ActivationFunction::kSoftmax:
      return {.function = ops::Function::kSoftmax};
  }
  throw ValueError("an activation function that has no form");
}

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const auto& row : kNames) names.emplace_back(row.second);
  return names;
}

}  // namespace nudge::layers
