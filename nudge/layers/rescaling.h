// Keras's Rescaling: x * scale + offset.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

struct RescalingOptions {
  PerChannel scale = 1.0;  // Keras has no default; must be given for anything but an offset
  PerChannel offset = 0.0;
  std::string name = "";  // empty: "rescaling", ...
};

class Rescaling : public ClonableLayer<Rescaling> {
 public:
  explicit Rescaling(RescalingOptions options);

  std::string class_name() const override { return "Rescaling"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const RescalingOptions& options() const { return options_; }

 private:
  RescalingOptions options_;
};

Tensor rescaling(const Tensor& x, RescalingOptions options);

}  // namespace nudge::layers
