// Keras's Maximum: the maximum of its inputs, element by element.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct MaximumOptions {
  std::string name = "";  // empty: "maximum", ...
};

class Maximum : public ClonableLayer<Maximum> {
 public:
  explicit Maximum(MaximumOptions options = {});

  std::string class_name() const override { return "Maximum"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  // Two or more inputs of one shape, or of shapes that broadcast to one.
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const MaximumOptions& options() const { return options_; }

 private:
  MaximumOptions options_;
};

Tensor maximum(const std::vector<Tensor>& inputs, MaximumOptions options = {});

}  // namespace nudge::layers
