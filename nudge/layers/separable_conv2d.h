// Keras's SeparableConv2D: a convolution of each channel by itself, then of all at each pixel.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

struct SeparableConv2DOptions {
  int64_t filters = 1;
  Size2 kernel_size = 1;
  Size2 strides = 1;
  Padding padding = Padding::kValid;
  Size2 dilation_rate = 1;
  int64_t depth_multiplier = 1;  // outputs a channel between the two
  ActivationFunction activation = ActivationFunction::kLinear;
  bool use_bias = true;
  Initializer depthwise_initializer = {};
  Initializer pointwise_initializer = {};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "separable_conv2d", ...
};

// (batch, height, width, channels) -> (batch, rows, columns, filters)
class SeparableConv2D : public ClonableLayer<SeparableConv2D> {
 public:
  explicit SeparableConv2D(SeparableConv2DOptions options);

  std::string class_name() const override { return "SeparableConv2D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const SeparableConv2DOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  Window window() const {
    return {options_.kernel_size, options_.strides, options_.dilation_rate, options_.padding};
  }

  SeparableConv2DOptions options_;
};

Tensor separable_conv2d(const Tensor& x, SeparableConv2DOptions options);

}  // namespace nudge::layers
