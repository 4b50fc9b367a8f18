// What a model expands to: primitives on values, nested models and calls of layers gone.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/ops/primitive.h"

namespace nudge::ops {

using ValueId = int;

// An activation or a weight, and where in the model it comes from.
struct Value {
  Shape shape;                   // an activation's batch is kUnknown
  const Layer* layer = nullptr;  // the layer, as the model holds it (a wrapper, not what it wraps)
  // Within the layer: "output" (a second one's is "output_1"), "pre_activation" (before the layer's own
  // activation function), a weight's name, or a name that the layer's expansion gives; empty where it has
  // none.
  std::string place;
  Weight* weight = nullptr;  // null: an activation
};

struct Operation {
  Primitive primitive;
  const Layer* layer = nullptr;  // as in Value
  std::string name;              // the layer's; a quantizer's is "LAYER/SLOT"
  bool trainable = true;         // false: Normalize keeps its averages
  std::vector<ValueId> inputs;
  ValueId output = -1;

  template <typename P>
  const P* as() const {
    return std::get_if<P>(&primitive);
  }
  template <typename P>
  bool is() const {
    return std::holds_alternative<P>(primitive);
  }
};

// A call of a layer, in the order of the model's nodes; a model input's has no operations.
struct Call {
  const Node* node = nullptr;
  const Layer* layer = nullptr;
  std::vector<ValueId> outputs;
  // Its operations are [first, last) of those that expand() gives.
  size_t first = 0;
  size_t last = 0;
};

// What a value adds to the loss of training, divided by the batch.
struct Penalty {
  ValueId value = -1;
  Regularizer regularizer;
};

struct Program {
  ModelPtr model;  // flat; keeps the layers and weights alive
  std::vector<Value> values;
  std::vector<Operation> operations;  // each after what it reads
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<Call> calls;
  std::vector<Penalty> penalties;  // activity regularizers, of the last call of each layer

  const Value& value(ValueId id) const { return values.at(static_cast<size_t>(id)); }
  // "layer 'conv2d' (Conv2D): ": how a message about an operation starts.
  static std::string where(const Operation& operation);
};

// `model` must be flat (flatten_model()).  Weights need no values.  Throws UnsupportedError naming a layer
// that has no expansion.
Program expand(ModelPtr model);

}  // namespace nudge::ops
