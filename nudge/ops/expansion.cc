#include "nudge/ops/expansion.h"

#include <utility>

#include "nudge/ops/shape_rules.h"

namespace nudge::ops {

Expansion::Expansion(Program& program, const WeightValues& weights, const Layer& layer,
                     std::vector<ValueId> inputs)
    : program_(program),
      weights_(weights),
      outer_(&layer),
      layer_(&layer),
      trainable_(layer.trainable()),
      inputs_(std::move(inputs)) {}

const Shape& Expansion::shape(ValueId value) const { return program_.value(value).shape; }

ValueId Expansion::weight(const std::string& name) const { return weights_.at(&layer_->weight(name)); }

ValueId Expansion::add(Primitive primitive, std::vector<ValueId> inputs, const std::string& place) {
  Operation operation{.primitive = std::move(primitive),
                      .layer = outer_,
                      .name = outer_->name(),
                      .trainable = trainable_,
                      .inputs = std::move(inputs)};
  std::vector<Shape> shapes;
  for (const ValueId input : operation.inputs) shapes.push_back(shape(input));
  operation.output = static_cast<ValueId>(program_.values.size());
  program_.values.push_back({.shape = output_shape(operation.primitive, shapes, Program::where(operation)),
                             .layer = outer_,
                             .place = place});
  program_.operations.push_back(std::move(operation));
  return program_.operations.back().output;
}

ValueId Expansion::activate(ValueId value, const Activation& activation) {
  if (activation.linear()) return value;
  std::string& place = program_.values.at(static_cast<size_t>(value)).place;
  if (place.empty()) place = "pre_activation";  // another layer's output has a place already
  return add(Activate{activation}, {value});
}

ValueId Expansion::expand(const Layer& inner, std::vector<ValueId> inputs) {
  const Layer* outer = std::exchange(layer_, &inner);
  const bool trainable = std::exchange(trainable_, trainable_ && inner.trainable());
  std::swap(inputs_, inputs);
  output_ = -1;
  inner.expand(*this);
  std::swap(inputs_, inputs);
  trainable_ = trainable;
  layer_ = outer;
  return std::exchange(output_, -1);
}

}  // namespace nudge::ops
