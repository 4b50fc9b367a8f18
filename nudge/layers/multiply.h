// Keras's Multiply: the product of its inputs, element by element.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct MultiplyOptions {
  std::string name = "";  // empty: "multiply", ...
};

class Multiply : public ClonableLayer<Multiply> {
 public:
  explicit Multiply(MultiplyOptions options = {});

  std::string class_name() const override { return "Multiply"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  // Two or more inputs of one shape, or of shapes that broadcast to one.
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const MultiplyOptions& options() const { return options_; }

 private:
  MultiplyOptions options_;
};

Tensor multiply(const std::vector<Tensor>& inputs, MultiplyOptions options = {});

}  // namespace nudge::layers
