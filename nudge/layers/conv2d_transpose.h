// Keras's Conv2DTranspose: the gradient of a convolution, which makes images larger.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

struct Conv2DTransposeOptions {
  int64_t filters = 1;
  Size2 kernel_size = 1;
  Size2 strides = 1;  // how far apart the inputs stand in the result
  Padding padding = Padding::kValid;
  ActivationFunction activation = ActivationFunction::kLinear;
  bool use_bias = true;
  Initializer kernel_initializer = {};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "conv2d_transpose", ...
};

// (batch, height, width, channels) -> (batch, rows, columns, filters): with kSame stride times the input's
// rows, with kValid max(kernel - stride, 0) more.
class Conv2DTranspose : public ClonableLayer<Conv2DTranspose> {
 public:
  explicit Conv2DTranspose(Conv2DTransposeOptions options);

  std::string class_name() const override { return "Conv2DTranspose"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const Conv2DTransposeOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  Conv2DTransposeOptions options_;
};

Tensor conv2d_transpose(const Tensor& x, Conv2DTransposeOptions options);

}  // namespace nudge::layers
