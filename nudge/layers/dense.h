// Keras's Dense: a matrix product over the last dimension.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"

namespace nudge::layers {

struct DenseOptions {
  int64_t units = 0;  // output features; must be given
  ActivationFunction activation = ActivationFunction::kLinear;
  bool use_bias = true;
  Initializer kernel_initializer = {.name = "GlorotUniform"};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "dense", "dense_1", ...
};

class Dense : public ClonableLayer<Dense> {
 public:
  // Throws ValueError on options out of range.
  explicit Dense(DenseOptions options);

  std::string class_name() const override { return "Dense"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  // (batch, ..., features) -> (batch, ..., units)
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const DenseOptions& options() const { return options_; }

 protected:
  // kernel (features, units), bias (units)
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  DenseOptions options_;
};

Tensor dense(const Tensor& x, DenseOptions options);

}  // namespace nudge::layers
