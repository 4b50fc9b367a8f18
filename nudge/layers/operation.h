// An operation of keras.ops as a layer of a model: `x + 1.0`, `ops.mean(x, axis=1)`.
#pragma once

#include <string>

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct OperationOptions {
  std::string class_name;  // Keras's: "Add", "Mean", "GetItem"
  std::string module;      // "keras.src.ops.numpy", which tells it from a layer of the same class
  // Keras's configuration, an object without the name; and what it is called with, {"args": [...], "kwargs":
  // {...}}, where a number within {"class_name": "__keras_tensor__"} stands for a tensor.  Serialized JSON.
  std::string config = "{}";
  std::string arguments = "{}";
  std::string name = "";  // empty: made from the class
};

// Its shapes are those of what it expands to.  Throws UnsupportedError for operations, or arguments of them,
// that are not read.
class Operation : public ClonableLayer<Operation> {
 public:
  explicit Operation(OperationOptions options);

  std::string class_name() const override { return options_.class_name; }
  std::string module() const override { return options_.module; }
  Json config() const override;
  // As a layer of class "Operation": Keras's own class may be a layer's too.
  Json serialized() const override;
  static LayerPtr from_config(const Json& config);
  Json call_arguments() const override;
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const OperationOptions& options() const { return options_; }

 private:
  OperationOptions options_;
};

}  // namespace nudge::layers
