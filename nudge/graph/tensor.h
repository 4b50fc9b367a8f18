// The symbolic tensors that a functional model is built from, and the calls that made them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nudge/base/shape.h"

namespace nudge {

class Layer;
struct Node;

// One output of one call of a layer.  Cheap to copy; equality is identity.
struct Tensor {
  std::shared_ptr<const Node> node;
  int index = 0;

  const Shape& shape() const;
  const Layer& layer() const;
  bool operator==(const Tensor& other) const = default;
};

// One call of a layer on tensors.  A layer called twice (shared) has two nodes.  Nodes keep their
// inputs and so the whole graph behind them alive; nothing points forwards.
struct Node {
  std::shared_ptr<Layer> layer;
  std::vector<Tensor> inputs;
  std::vector<Shape> output_shapes;
};

}  // namespace nudge
