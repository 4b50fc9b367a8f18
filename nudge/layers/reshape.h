// Keras's Reshape: the same elements, in memory order, under another shape.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct ReshapeOptions {
  Shape target_shape = {};  // without the batch; one dimension may be -1: whatever is left
  std::string name = "";    // empty: "reshape", ...
};

class Reshape : public ClonableLayer<Reshape> {
 public:
  // Throws ValueError when a dimension is 0, below -1, or more than one is -1.
  explicit Reshape(ReshapeOptions options);

  std::string class_name() const override { return "Reshape"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const ReshapeOptions& options() const { return options_; }

 private:
  ReshapeOptions options_;
};

Tensor reshape(const Tensor& x, ReshapeOptions options);

}  // namespace nudge::layers
