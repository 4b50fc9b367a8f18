// Keras's ZeroPadding2D: rows and columns of zeros around an image.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

// None negative.
struct ZeroPadding2DOptions {
  int64_t top = 1;
  int64_t bottom = 1;
  int64_t left = 1;
  int64_t right = 1;
  std::string name = "";  // empty: "zero_padding2d", ...
};

class ZeroPadding2D : public ClonableLayer<ZeroPadding2D> {
 public:
  // Throws ValueError on options out of range.
  explicit ZeroPadding2D(ZeroPadding2DOptions options = {});

  std::string class_name() const override { return "ZeroPadding2D"; }
  Json config() const override;
  // Keras's three forms: 1, (1, 2) and ((top, bottom), (left, right)).
  static LayerPtr from_config(const Json& config);
  // (batch, height, width, channels) -> (batch, height + top + bottom, width + left + right, channels)
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const ZeroPadding2DOptions& options() const { return options_; }

 private:
  ZeroPadding2DOptions options_;
};

Tensor zero_padding2d(const Tensor& x, ZeroPadding2DOptions options = {});

}  // namespace nudge::layers
