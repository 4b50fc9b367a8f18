// Keras's GlobalMaxPooling2D: the maximum of each channel's whole image.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/global_pooling2d_options.h"

namespace nudge::layers {

using GlobalMaxPooling2DOptions = GlobalPooling2DOptions;

class GlobalMaxPooling2D : public ClonableLayer<GlobalMaxPooling2D> {
 public:
  explicit GlobalMaxPooling2D(GlobalMaxPooling2DOptions options = {});

  std::string class_name() const override { return "GlobalMaxPooling2D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  // (batch, height, width, channels) -> (batch, channels), or (batch, 1, 1, channels) with keepdims
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const GlobalMaxPooling2DOptions& options() const { return options_; }

 private:
  GlobalMaxPooling2DOptions options_;
};

Tensor global_max_pooling2d(const Tensor& x, GlobalMaxPooling2DOptions options = {});

}  // namespace nudge::layers
