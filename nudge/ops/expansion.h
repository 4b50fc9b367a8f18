// How a layer says what it computes: Layer::expand() adds primitives to the program of its model.
#pragma once

#include <map>
#include <string>
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
  const Shape& shape(ValueId value) const;

  // The layer's weight of that name.
  ValueId weight(const std::string& name) const;

  // `place` names the result where a quantizer or a message may speak of it.
  ValueId add(Primitive primitive, std::vector<ValueId> inputs, const std::string& place = "");
  // The layer's own activation function; `value` itself where it is linear.
  ValueId activate(ValueId value, const Activation& activation);
  // What another layer makes of `inputs`, as a part of this one.
  ValueId expand(const Layer& inner, std::vector<ValueId> inputs);

  // The result of the call; expand() must give it.
  void output(ValueId value) { output_ = value; }

 private:
  friend class Expander;
  using WeightValues = std::map<const Weight*, ValueId>;
  Expansion(Program& program, const WeightValues& weights, const Layer& layer, std::vector<ValueId> inputs);

  Program& program_;
  const WeightValues& weights_;
  const Layer* outer_;  // that the model calls
  const Layer* layer_;  // that expands
  bool trainable_;
  std::vector<ValueId> inputs_;
  ValueId output_ = -1;
};

}  // namespace nudge::ops
