// Keras's GlobalAveragePooling2D: the mean of each channel's whole image.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/global_pooling2d_options.h"

namespace nudge::layers {

using GlobalAveragePooling2DOptions = GlobalPooling2DOptions;

class GlobalAveragePooling2D : public ClonableLayer<GlobalAveragePooling2D> {
 public:
  explicit GlobalAveragePooling2D(GlobalAveragePooling2DOptions options = {});

  std::string class_name() const override { return "GlobalAveragePooling2D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  // (batch, height, width, channels) -> (batch, channels), or (batch, 1, 1, channels) with keepdims
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const GlobalAveragePooling2DOptions& options() const { return options_; }

 private:
  GlobalAveragePooling2DOptions options_;
};

Tensor global_average_pooling2d(const Tensor& x, GlobalAveragePooling2DOptions options = {});

}  // namespace nudge::layers
