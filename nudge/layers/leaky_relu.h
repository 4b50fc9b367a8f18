// Keras's LeakyReLU: x where x >= 0, negative_slope * x elsewhere.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct LeakyReLUOptions {
  double negative_slope = 0.3;  // not negative
  std::string name = "";        // empty: "leaky_re_lu", ...
};

class LeakyReLU : public ClonableLayer<LeakyReLU> {
 public:
  // Throws ValueError on options out of range.
  explicit LeakyReLU(LeakyReLUOptions options = {});

  std::string class_name() const override { return "LeakyReLU"; }
  Json config() const override;
  // Keras 2's name of the slope, "alpha", is understood too.
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const LeakyReLUOptions& options() const { return options_; }

 private:
  LeakyReLUOptions options_;
};

Tensor leaky_relu(const Tensor& x, LeakyReLUOptions options = {});

}  // namespace nudge::layers
