// Keras's MaxPooling2D: the maximum of each window.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/pooling2d_options.h"

namespace nudge::layers {

using MaxPooling2DOptions = Pooling2DOptions;

class MaxPooling2D : public ClonableLayer<MaxPooling2D> {
 public:
  // Throws ValueError on options out of range.
  explicit MaxPooling2D(MaxPooling2DOptions options = {});

  std::string class_name() const override { return "MaxPooling2D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  // (batch, height, width, channels) -> (batch, rows, columns, channels)
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const MaxPooling2DOptions& options() const { return options_; }
  Window window() const { return window_of(options_); }

 private:
  MaxPooling2DOptions options_;
};

Tensor max_pooling2d(const Tensor& x, MaxPooling2DOptions options = {});

}  // namespace nudge::layers
