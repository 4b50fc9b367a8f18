// The LayerScale of Keras's ConvNeXt: each channel times a weight of its own.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct LayerScaleOptions {
  double init_values = 1e-6;   // what the weights start from
  int64_t projection_dim = 0;  // the channels
  std::string name = "";       // empty: "layer_scale", ...
};

class LayerScale : public ClonableLayer<LayerScale> {
 public:
  explicit LayerScale(LayerScaleOptions options);

  std::string class_name() const override { return "LayerScale"; }
  std::string module() const override { return "keras.src.applications.convnext"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const LayerScaleOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  LayerScaleOptions options_;
};

Tensor layer_scale(const Tensor& x, LayerScaleOptions options);

}  // namespace nudge::layers
