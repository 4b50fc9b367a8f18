// Keras's UpSampling2D: an image enlarged by whole factors.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

struct UpSampling2DOptions {
  Size2 size = 2;                                         // factors of height and width
  Interpolation interpolation = Interpolation::kNearest;  // bilinear takes half-pixel centres
  std::string name = "";                                  // empty: "up_sampling2d", ...
};

class UpSampling2D : public ClonableLayer<UpSampling2D> {
 public:
  // Throws ValueError on options out of range.
  explicit UpSampling2D(UpSampling2DOptions options = {});

  std::string class_name() const override { return "UpSampling2D"; }
  Json config() const override;
  // Throws UnsupportedError on other interpolations than nearest and bilinear.
  static LayerPtr from_config(const Json& config);
  // (batch, height, width, channels) -> (batch, height * size.height, width * size.width, channels)
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const UpSampling2DOptions& options() const { return options_; }

 private:
  UpSampling2DOptions options_;
};

Tensor up_sampling2d(const Tensor& x, UpSampling2DOptions options = {});

}  // namespace nudge::layers
