#include "nudge/layers/activation_function.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::layers {
namespace {

struct Row {
  ActivationFunction function;
  const char* name;
};
constexpr auto kNames = std::to_array<Row>({
    {ActivationFunction::kLinear, "linear"},
    {ActivationFunction::kRelu, "relu"},
    {ActivationFunction::kRelu6, "relu6"},
    {ActivationFunction::kSigmoid, "sigmoid"},
    {ActivationFunction::kTanh, "tanh"},
    {ActivationFunction::kSoftmax, "softmax"},
    {ActivationFunction::kCelu, "celu"},
    {ActivationFunction::kElu, "elu"},
    {ActivationFunction::kExponential, "exponential"},
    {ActivationFunction::kGelu, "gelu"},
    {ActivationFunction::kGlu, "glu"},
    {ActivationFunction::kHardShrink, "hard_shrink"},
    {ActivationFunction::kHardSigmoid, "hard_sigmoid"},
    {ActivationFunction::kHardSilu, "hard_silu"},
    {ActivationFunction::kHardTanh, "hard_tanh"},
    {ActivationFunction::kLeakyRelu, "leaky_relu"},
    {ActivationFunction::kLogSigmoid, "log_sigmoid"},
    {ActivationFunction::kLogSoftmax, "log_softmax"},
    {ActivationFunction::kMish, "mish"},
    {ActivationFunction::kSelu, "selu"},
    {ActivationFunction::kSilu, "silu"},
    {ActivationFunction::kSoftShrink, "soft_shrink"},
    {ActivationFunction::kSoftplus, "softplus"},
    {ActivationFunction::kSoftsign, "softsign"},
    {ActivationFunction::kSparsePlus, "sparse_plus"},
    {ActivationFunction::kSparseSigmoid, "sparse_sigmoid"},
    {ActivationFunction::kSparsemax, "sparsemax"},
    {ActivationFunction::kSquareplus, "squareplus"},
    {ActivationFunction::kTanhShrink, "tanh_shrink"},
});
// Older names of functions above.
constexpr auto kOtherNames = std::to_array<Row>({{ActivationFunction::kSilu, "swish"},
                                                 {ActivationFunction::kHardSilu, "hard_swish"},
                                                 {ActivationFunction::kExponential, "exp"}});

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
  for (const auto& [function, known] : kOtherNames) {
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

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const auto& row : kNames) names.emplace_back(row.name);
  return names;
}

}  // namespace nudge::layers
