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

Shape Expansion::shape(ValueId value) const { return program_.value(value).shape; }

ValueId Expansion::weight(const std::string& name) const { return weights_.at(&layer_->weight(name)); }

ValueId Expansion::weight(const std::string& name, const Shape& shape) {
  const ValueId value = weight(name);
  program_.values.at(static_cast<size_t>(value)).shape = shape;
  return value;
}

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
                             .place = place.empty() ? place : part_ + place});
  program_.operations.push_back(std::move(operation));
  return program_.operations.back().output;
}

ValueId Expansion::activate(ValueId value, const Activation& activation) {
  if (activation.linear()) return value;
  name_pre_activation(value);
  return add(Activate{activation}, {value});
}

void Expansion::penalize(const Layer& layer) {
  const auto regularizer = layer.activity_regularizer();
  if (!regularizer) return;
  for (const ValueId output : outputs_) program_.penalties.push_back({output, *regularizer});
}

void Expansion::name_pre_activation(ValueId value) {
  std::string& place = program_.values.at(static_cast<size_t>(value)).place;
  if (place.empty()) place = part_ + "pre_activation";  // another layer's output has a place already
}

std::vector<Shape> expanded_shapes(const Layer& layer, const std::vector<Shape>& inputs) {
  Program program;
  std::vector<ValueId> values;
  for (const Shape& shape : inputs) {
    values.push_back(static_cast<ValueId>(program.values.size()));
    program.values.push_back({.shape = shape, .layer = &layer, .place = "output"});
  }
  const Expansion::WeightValues none;
  Expansion call(program, none, layer, std::move(values));
  layer.expand(call);
  std::vector<Shape> shapes;
  for (const ValueId output : call.outputs_) shapes.push_back(call.shape(output));
  return shapes;
}

std::vector<ValueId> Expansion::expand(const Layer& inner, std::vector<ValueId> inputs,
                                       const std::string& part) {
  const Layer* outer = std::exchange(layer_, &inner);
  const bool trainable = std::exchange(trainable_, trainable_ && inner.trainable());
  const std::string outer_part = part_;
  if (!part.empty()) part_ += part + "_";
  std::swap(inputs_, inputs);
  outputs_.clear();
  inner.expand(*this);
  penalize(inner);
  std::swap(inputs_, inputs);
  part_ = outer_part;
  for (const ValueId output : outputs_) {
    std::string& place = program_.values.at(static_cast<size_t>(output)).place;
    if (place.empty() && !part.empty()) place = part_ + part;
  }
  trainable_ = trainable;
  layer_ = outer;
  return std::exchange(outputs_, {});
}

}  // namespace nudge::ops
