// How a layer says what it computes: Layer::expand() adds primitives to the program of its model.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nudge/ops/program.h"

namespace nudge::ops {

// One call of a layer.
//
//   void Dense::expand(ops::Expansion& call) const {
//     call.output(call.activate(call.add(ops::MatMul{}, {call.input(), call.weight("kernel")}), relu));
//   }
class Expansion {
 public:
  const std::vector<ValueId>& inputs() const { return inputs_; }
  // The only one.
  ValueId input() const { return inputs_.at(0); }
  // A copy: values move while others are added.
  Shape shape(ValueId value) const;

  // The layer's weight of that name; the same numbers in another shape, the same one at each call.
  ValueId weight(const std::string& name) const;
  ValueId weight(const std::string& name, const Shape& shape);

  // `place` names the result where a quantizer or a message may speak of it.
  ValueId add(Primitive primitive, std::vector<ValueId> inputs, const std::string& place = "");
  // The layer's own activation function; `value` itself where it is linear.
  ValueId activate(ValueId value, const Activation& activation);
  // For a function of several primitives: `value` is what the layer made before its own function.
  void name_pre_activation(ValueId value);
  // What another layer makes of `inputs`, as a part of this one.  Its places are named "PART_PLACE",
  // its results "PART".
  std::vector<ValueId> expand(const Layer& inner, std::vector<ValueId> inputs, const std::string& part = "");

  // The results of the call, in the order of the layer's outputs; expand() must give them.
  void output(ValueId value) { outputs_ = {value}; }
  void outputs(std::vector<ValueId> values) { outputs_ = std::move(values); }

 private:
  friend class Expander;
  friend std::vector<Shape> expanded_shapes(const Layer& layer, const std::vector<Shape>& inputs);
  using WeightValues = std::map<const Weight*, ValueId>;
  void penalize(const Layer& layer);
  Expansion(Program& program, const WeightValues& weights, const Layer& layer, std::vector<ValueId> inputs);

  Program& program_;
  const WeightValues& weights_;
  const Layer* outer_;  // that the model calls
  const Layer* layer_;  // that expands
  bool trainable_;
  std::vector<ValueId> inputs_;
  std::vector<ValueId> outputs_;
  std::string part_;  // starts the places of a layer within the layer
};

// The shapes of what a layer without weights expands to, given those of its inputs.
std::vector<Shape> expanded_shapes(const Layer& layer, const std::vector<Shape>& inputs);

}  // namespace nudge::ops
