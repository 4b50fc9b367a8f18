#include "nudge/ops/program.h"

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
      made_[input.node.get()] = value;
      program_.inputs.push_back(value);
      program_.calls.push_back({.node = input.node.get(), .layer = input.node->layer.get(), .output = value});
    }
    for (const auto& node : model.nodes()) {
      if (!made_.contains(node.get())) expand_call(*node);
    }
    for (const Tensor& output : model.outputs()) program_.outputs.push_back(made_.at(output.node.get()));
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

  void expand_call(const Node& node) {
    const Layer& layer = *node.layer;
    if (node.output_shapes.size() != 1) {
      throw UnsupportedError("layer '" + layer.name() + "' (" + layer.class_name() +
                             "): layers with several outputs have no expansion");
    }
    std::vector<ValueId> inputs;
    for (const Tensor& input : node.inputs) inputs.push_back(made_.at(input.node.get()));
    const size_t first = program_.values.size(), first_operation = program_.operations.size();
    Expansion call(program_, weights_, layer, std::move(inputs));
    layer.expand(call);
    if (call.output_ < 0) throw ValueError("layer '" + layer.name() + "': its expansion gives no output");
    // Every layer has an output of its own, for its quantizer and for whoever asks for it by name.
    ValueId output = call.output_;
    if (static_cast<size_t>(output) < first) output = call.add(Identity{}, {output});
    Value& value = program_.values.at(static_cast<size_t>(output));
    if (value.shape != node.output_shapes[0]) {
      throw ShapeError("layer '" + layer.name() + "' (" + layer.class_name() + "): its expansion gives " +
                       to_string(value.shape) + ", the layer itself " + to_string(node.output_shapes[0]));
    }
    value.place = "output";
    made_[&node] = output;
    program_.calls.push_back({.node = &node,
                              .layer = &layer,
                              .output = output,
                              .first = first_operation,
                              .last = program_.operations.size()});
  }

  Program program_;
  std::map<const Node*, ValueId> made_;
  std::map<const Weight*, ValueId> weights_;
};

std::string Program::where(const Operation& operation) {
  if (operation.layer == nullptr) return "'" + operation.name + "': ";
  return "layer '" + operation.layer->name() + "' (" + operation.layer->class_name() + "): ";
}

Program expand(ModelPtr model) { return Expander(std::move(model)).run(); }

}  // namespace nudge::ops
