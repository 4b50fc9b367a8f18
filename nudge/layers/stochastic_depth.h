// StochasticDepth of keras.applications: in training whole images of a batch are zeroed.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct StochasticDepthOptions {
  double drop_path_rate = 0.0;  // the share that is zeroed, within [0, 1); the others are scaled up
  std::string name = "";        // empty: "stochastic_depth", ...
};

class StochasticDepth : public ClonableLayer<StochasticDepth> {
 public:
  // Throws ValueError on a rate out of range.
  explicit StochasticDepth(StochasticDepthOptions options);

  std::string class_name() const override { return "StochasticDepth"; }
  std::string module() const override { return "keras.src.applications.convnext"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const StochasticDepthOptions& options() const { return options_; }

 private:
  StochasticDepthOptions options_;
};

Tensor stochastic_depth(const Tensor& x, StochasticDepthOptions options);

}  // namespace nudge::layers
