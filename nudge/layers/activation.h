// Keras's Activation: a named function as a layer of its own.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"

namespace nudge::layers {

struct ActivationOptions {
  ActivationFunction activation = ActivationFunction::kLinear;  // softmax acts over the last dimension
  std::string name = "";                                        // empty: "activation", ...
};

class Activation : public ClonableLayer<Activation> {
 public:
  explicit Activation(ActivationOptions options);

  std::string class_name() const override { return "Activation"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const ActivationOptions& options() const { return options_; }

 private:
  ActivationOptions options_;
};

Tensor activation(const Tensor& x, ActivationOptions options);

}  // namespace nudge::layers
