#include "nudge/plan/lowering.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/graph/flatten.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"

namespace nudge::plan {
namespace {

using layers::ActivationFunction;
using quantize::Place;

ActivationFunction activation_of(const Layer& layer) {
  if (const auto* conv = dynamic_cast<const layers::Conv2D*>(&layer)) return conv->options().activation;
  if (const auto* depthwise = dynamic_cast<const layers::DepthwiseConv2D*>(&layer)) {
    return depthwise->options().activation;
  }
  if (const auto* dense = dynamic_cast<const layers::Dense*>(&layer)) return dense->options().activation;
  if (const auto* named = dynamic_cast<const layers::Activation*>(&layer)) return named->options().activation;
  return ActivationFunction::kLinear;
}

bool is_view(const Layer& layer) {
  return dynamic_cast<const layers::Flatten*>(&layer) != nullptr ||
         dynamic_cast<const layers::Reshape*>(&layer) != nullptr;
}

class Lowering {
 public:
  explicit Lowering(const ModelPtr& model) {
    const auto nested = [](const LayerPtr& layer) {
      return dynamic_cast<const Model*>(layer.get()) != nullptr;
    };
    program_.model =
        std::any_of(model->layers().begin(), model->layers().end(), nested) ? flatten(*model) : model;
  }

  Program run() {
    Model& model = *program_.model;
    add_weights();
    if (quantize::is_quantized(model)) program_.ranges = std::make_unique<quantize::Ranges>(model);
    for (const Tensor& input : model.inputs()) {
      const ValueId value = program_.values.add({.name = input.layer().name(), .shape = input.shape()});
      made_[input.node.get()] = value;
      program_.inputs.push_back(value);
      program_.layer_outputs[input.layer().name()] = value;
    }
    for (const auto& node : model.nodes()) {
      if (!made_.contains(node.get())) lower_call(*node);
    }
    for (const Tensor& output : model.outputs()) program_.outputs.push_back(made_.at(output.node.get()));
    return std::move(program_);
  }

 private:
  void add_weights() {
    for (const LayerPtr& layer : program_.model->layers()) {
      for (Weight* weight : layer->weights()) {
        if (weight->value.empty()) {
          throw ValueError("layer '" + layer->name() + "': weight '" + weight->name +
                           "' has no values; call initialize() on the model or load a file");
        }
        const bool trained = layer->trainable() && weight->trainable;
        const ValueId value = program_.values.add({.name = layer->name() + "/" + weight->name,
                                                   .shape = weight->shape,
                                                   .weight = weight,
                                                   .needs_gradient = trained});
        weights_[weight] = value;
        if (!trained) continue;
        program_.parameters.push_back(
            {.layer = layer->name(), .weight = weight, .gradient = Array(weight->shape)});
        program_.parameter_values.push_back(value);
      }
    }
  }

  void lower_call(const Node& node) {
    Layer& outer = *node.layer;
    if (node.output_shapes.size() != 1) {
      throw UnsupportedError("layer '" + outer.name() + "' (" + outer.class_name() +
                             "): layers with several outputs have no step");
    }
    const auto* quantized = dynamic_cast<const quantize::QuantizedLayer*>(&outer);
    Layer* inner = quantized == nullptr ? &outer : quantized->inner().get();
    std::vector<ValueId> inputs;
    for (const Tensor& input : node.inputs) inputs.push_back(made_.at(input.node.get()));

    ValueId value = inputs.at(0);
    if (inner != nullptr) value = lower_layer(outer, quantized, *inner, inputs, node.output_shapes[0]);
    if (quantized != nullptr) value = quantize_at(Place::kOutput, outer, *quantized, value);
    made_[&node] = value;
    program_.layer_outputs[outer.name()] = value;
  }

  ValueId lower_layer(const Layer& outer, const quantize::QuantizedLayer* quantized, Layer& inner,
                      std::vector<ValueId> inputs, const Shape& shape) {
    ValueId value = inputs[0];
    if (dynamic_cast<const layers::Activation*>(&inner) == nullptr) {
      for (Weight* weight : inner.weights()) inputs.push_back(weight_value(outer, quantized, *weight));
      Operation operation;
      operation.name = outer.name();
      operation.layer = &inner;
      operation.trainable = outer.trainable() && inner.trainable();
      if (is_view(inner)) {
        operation.kind = Operation::Kind::kView;
      } else if (dynamic_cast<const layers::Dropout*>(&inner) != nullptr) {
        operation.kind = Operation::Kind::kDropout;
      }
      operation.inputs = std::move(inputs);
      value = add(std::move(operation), shape);
    }
    if (quantized != nullptr) value = quantize_at(Place::kPreActivation, outer, *quantized, value);
    const ActivationFunction function = activation_of(inner);
    if (function != ActivationFunction::kLinear) {
      Operation operation;
      operation.kind = Operation::Kind::kActivation;
      operation.name = outer.name();
      operation.activation = function;
      operation.inputs = {value};
      value = add(std::move(operation), shape);
    }
    if (quantized != nullptr) value = quantize_at(Place::kPostActivation, outer, *quantized, value);
    return value;
  }

  // The weight, or what its quantizer makes of it; a shared layer's is quantized once a step.
  ValueId weight_value(const Layer& outer, const quantize::QuantizedLayer* quantized, const Weight& weight) {
    const ValueId raw = weights_.at(&weight);
    if (quantized == nullptr) return raw;
    const auto known = quantized_weights_.find(&weight);
    if (known != quantized_weights_.end()) return known->second;
    ValueId value = raw;
    for (const auto& slot : quantized->slots()) {
      if (slot.place == Place::kWeight && slot.name == weight.name) value = fake_quantize(outer, slot, value);
    }
    quantized_weights_[&weight] = value;
    return value;
  }

  ValueId quantize_at(Place place, const Layer& outer, const quantize::QuantizedLayer& quantized,
                      ValueId value) {
    for (const auto& slot : quantized.slots()) {
      if (slot.place == place) value = fake_quantize(outer, slot, value);
    }
    return value;
  }

  ValueId fake_quantize(const Layer& outer, const quantize::QuantizerSlot& slot, ValueId value) {
    Operation operation;
    operation.kind = Operation::Kind::kFakeQuantize;
    operation.name = outer.name() + "/" + slot.name;
    operation.range = program_.ranges->find(outer, slot.name);
    if (operation.range == nullptr) throw ValueError("'" + operation.name + "' has no range");
    operation.inference_only = slot.inference_only;
    operation.of_weight = slot.place == Place::kWeight;
    operation.inputs = {value};
    return add(std::move(operation), program_.values.spec(value).shape);
  }

  ValueId add(Operation operation, const Shape& shape) {
    const auto needs_gradient = [&](ValueId id) { return program_.values.spec(id).needs_gradient; };
    const bool any = std::any_of(operation.inputs.begin(), operation.inputs.end(), needs_gradient);
    operation.output = program_.values.add({.name = operation.name, .shape = shape, .needs_gradient = any});
    program_.operations.push_back(std::move(operation));
    return program_.operations.back().output;
  }

  Program program_;
  std::map<const Node*, ValueId> made_;
  std::map<const Weight*, ValueId> weights_;
  std::map<const Weight*, ValueId> quantized_weights_;
};

}  // namespace

Program lower(const ModelPtr& model) { return Lowering(model).run(); }

}  // namespace nudge::plan
