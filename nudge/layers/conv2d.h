// Keras's Conv2D: NHWC images, an HWIO kernel.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

struct Conv2DOptions {
  int64_t filters = 0;    // output channels; must be given
  Size2 kernel_size = 1;  // must be given for anything but a 1x1 convolution
  Size2 strides = 1;
  Padding padding = Padding::kValid;
  Size2 dilation_rate = 1;  // above 1 only with strides 1, as in Keras
  int64_t groups = 1;       // divides filters and input channels
  ActivationFunction activation = ActivationFunction::kLinear;
  bool use_bias = true;
  Initializer kernel_initializer = {.name = "GlorotUniform"};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "conv2d", "conv2d_1", ...
};

class Conv2D : public ClonableLayer<Conv2D> {
 public:
  // Throws ValueError on options out of range.
  explicit Conv2D(Conv2DOptions options);

  std::string class_name() const override { return "Conv2D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  // (batch, height, width, channels) -> (batch, rows, columns, filters)
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const Conv2DOptions& options() const { return options_; }
  Window window() const;

 protected:
  // kernel (height, width, channels / groups, filters), bias (filters)
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  Conv2DOptions options_;
};

Tensor conv2d(const Tensor& x, Conv2DOptions options);

}  // namespace nudge::layers
