#include "nudge/layers/merge.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {
namespace {

// One after the other, as Keras does; what more than two make on the way is a value of its own.
ops::ValueId combined(ops::Expansion& call, ops::Combination how, const std::string& where,
                      const std::string& place = "") {
  const std::vector<ops::ValueId>& inputs = call.inputs();
  if (inputs.size() < 2) {
    throw ShapeError(where + "expected at least two inputs, given " + std::to_string(inputs.size()));
  }
  ops::ValueId result = inputs[0];
  for (size_t i = 1; i < inputs.size(); ++i) {
    const bool last = i + 1 == inputs.size();
    result = call.add(ops::Combine{how}, {result, inputs[i]}, last ? place : "of_" + std::to_string(i + 1));
  }
  return result;
}

}  // namespace

template <typename Kind>
Json Merge<Kind>::config() const {
  return this->base_config();
}

template <typename Kind>
LayerPtr Merge<Kind>::from_config(const Json& config) {
  const ConfigReader reader(config, Kind::kClassName);
  return reader.make<Merge<Kind>>(MergeOptions{.name = reader.name()});
}

void AddKind::expand(ops::Expansion& call, const std::string& where) {
  call.output(combined(call, ops::Combination::kAdd, where));
}

void AverageKind::expand(ops::Expansion& call, const std::string& where) {
  const double share = 1.0 / static_cast<double>(call.inputs().size());
  call.output(call.add(ops::Rescale{{share}, {0.0}}, {combined(call, ops::Combination::kAdd, where, "sum")}));
}

void MaximumKind::expand(ops::Expansion& call, const std::string& where) {
  call.output(combined(call, ops::Combination::kMaximum, where));
}

void MinimumKind::expand(ops::Expansion& call, const std::string& where) {
  call.output(combined(call, ops::Combination::kMinimum, where));
}

void MultiplyKind::expand(ops::Expansion& call, const std::string& where) {
  call.output(combined(call, ops::Combination::kMultiply, where));
}

void SubtractKind::expand(ops::Expansion& call, const std::string& where) {
  if (call.inputs().size() != 2) {
    throw ShapeError(where + "expected two inputs, given " + std::to_string(call.inputs().size()));
  }
  call.output(combined(call, ops::Combination::kSubtract, where));
}

template class Merge<AddKind>;
template class Merge<AverageKind>;
template class Merge<MaximumKind>;
template class Merge<MinimumKind>;
template class Merge<MultiplyKind>;
template class Merge<SubtractKind>;

Tensor add(const std::vector<Tensor>& inputs, MergeOptions options) {
  return std::make_shared<Add>(std::move(options))->call(inputs);
}

Tensor average(const std::vector<Tensor>& inputs, MergeOptions options) {
  return std::make_shared<Average>(std::move(options))->call(inputs);
}

Tensor maximum(const std::vector<Tensor>& inputs, MergeOptions options) {
  return std::make_shared<Maximum>(std::move(options))->call(inputs);
}

Tensor minimum(const std::vector<Tensor>& inputs, MergeOptions options) {
  return std::make_shared<Minimum>(std::move(options))->call(inputs);
}

Tensor multiply(const std::vector<Tensor>& inputs, MergeOptions options) {
  return std::make_shared<Multiply>(std::move(options))->call(inputs);
}

Tensor subtract(const std::vector<Tensor>& inputs, MergeOptions options) {
  return std::make_shared<Subtract>(std::move(options))->call(inputs);
}

}  // namespace nudge::layers
