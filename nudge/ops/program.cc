#include "nudge/ops/program.h"

#include <algorithm>
#include <map>

#include "nudge/base/error.h"
#include "nudge/ops/expansion.h"

namespace nudge::ops {

class Expander {
 public:
  explicit Expander(ModelPtr model) { program_.model = std::move(model); }

  Program run() {
    const Model& model = *program_.model;
    add_weights(model);
    for (const Tensor& input : model.inputs()) {
      const ValueId value =
          add_value({.shape = input.shape(), .layer = input.node->layer.get(), .place = "output"});
      made_[input.node.get()] = {value};
      program_.inputs.push_back(value);
      program_.calls.push_back(
          {.node = input.node.get(), .layer = input.node->layer.get(), .outputs = {value}});
    }
    for (const auto& node : model.nodes()) {
      if (!made_.contains(node.get())) expand_call(*node);
    }
    for (const Tensor& output : model.outputs()) program_.outputs.push_back(made(output));
    return std::move(program_);
  }

 private:
  ValueId add_value(Value value) {
    program_.values.push_back(std::move(value));
    return static_cast<ValueId>(program_.values.size()) - 1;
  }

  void add_weights(const Model& model) {
    for (const LayerPtr& layer : model.layers()) {
      for (Weight* weight : layer->weights()) {
        weights_[weight] = add_value(
            {.shape = weight->shape, .layer = layer.get(), .place = weight->name, .weight = weight});
      }
    }
  }

  ValueId made(const Tensor& tensor) const {
    return made_.at(tensor.node.get()).at(static_cast<size_t>(tensor.index));
  }

  void expand_call(const Node& node) {
    const Layer& layer = *node.layer;
    std::vector<ValueId> inputs;
    for (const Tensor& input : node.inputs) inputs.push_back(made(input));
    // Of a shared layer Keras penalises what its last call makes.
    std::erase_if(program_.penalties,
                  [&](const Penalty& penalty) { return program_.value(penalty.value).layer == &layer; });
    const size_t first = program_.values.size(), first_operation = program_.operations.size();
    Expansion call(program_, weights_, layer, std::move(inputs));
    layer.expand(call);
    if (call.outputs_.size() != node.output_shapes.size()) {
      throw ValueError("layer '" + layer.name() + "': its expansion gives " +
                       std::to_string(call.outputs_.size()) + " outputs, the layer itself " +
                       std::to_string(node.output_shapes.size()));
    }
    for (size_t i = 0; i < call.outputs_.size(); ++i) {
      call.outputs_[i] = own_output(call, first, i, node.output_shapes[i]);
    }
    call.penalize(layer);
    made_[&node] = call.outputs_;
    program_.calls.push_back({.node = &node,
                              .layer = &layer,
                              .outputs = call.outputs_,
                              .first = first_operation,
                              .last = program_.operations.size()});
  }

  // Every layer has an output of its own, for its quantizer and for whoever asks for it by name.
  ValueId own_output(Expansion& call, size_t first, size_t index, const Shape& expected) {
    ValueId output = call.outputs_[index];
    const auto taken =
        std::find(call.outputs_.begin(), call.outputs_.begin() + static_cast<long>(index), output);
    const bool again = taken != call.outputs_.begin() + static_cast<long>(index);
    if (static_cast<size_t>(output) < first || again) output = call.add(Identity{}, {output});
    Value& value = program_.values.at(static_cast<size_t>(output));
    if (value.shape != expected) {
      throw ShapeError(Program::where(program_.operations.back()) + "its expansion gives " +
                       to_string(value.shape) + ", the layer itself " + to_string(expected));
    }
    value.place = index == 0 ? "output" : "output_" + std::to_string(index);
    return output;
  }

  Program program_;
  std::map<const Node*, std::vector<ValueId>> made_;
  std::map<const Weight*, ValueId> weights_;
};

std::string Program::where(const Operation& operation) {
  if (operation.layer == nullptr) return "'" + operation.name + "': ";
  return "layer '" + operation.layer->name() + "' (" + operation.layer->class_name() + "): ";
}

Program expand(ModelPtr model) { return Expander(std::move(model)).run(); }

}  // namespace nudge::ops
