// Keras's Flatten: everything but the batch in one dimension, in memory order.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct FlattenOptions {
  std::string name = "";  // empty: "flatten", ...
};

class Flatten : public ClonableLayer<Flatten> {
 public:
  explicit Flatten(FlattenOptions options = {});

  std::string class_name() const override { return "Flatten"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  // (batch, ...) -> (batch, product); (batch) -> (batch, 1)
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const FlattenOptions& options() const { return options_; }

 private:
  FlattenOptions options_;
};

Tensor flatten(const Tensor& x, FlattenOptions options = {});

}  // namespace nudge::layers
