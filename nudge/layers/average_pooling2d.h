// Keras's AveragePooling2D: the mean of each window.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/pooling2d_options.h"

namespace nudge::layers {

using AveragePooling2DOptions = Pooling2DOptions;

class AveragePooling2D : public ClonableLayer<AveragePooling2D> {
 public:
  // Throws ValueError on options out of range.
  explicit AveragePooling2D(AveragePooling2DOptions options = {});

  std::string class_name() const override { return "AveragePooling2D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  // (batch, height, width, channels) -> (batch, rows, columns, channels)
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const AveragePooling2DOptions& options() const { return options_; }
  Window window() const { return window_of(options_); }

 private:
  AveragePooling2DOptions options_;
};

Tensor average_pooling2d(const Tensor& x, AveragePooling2DOptions options = {});

}  // namespace nudge::layers
