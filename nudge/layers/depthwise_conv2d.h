// Keras's DepthwiseConv2D: each channel is filtered alone.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

struct DepthwiseConv2DOptions {
  Size2 kernel_size = 1;  // must be given for anything but a 1x1 filter
  Size2 strides = 1;
  Padding padding = Padding::kValid;
  int64_t depth_multiplier = 1;  // output channels an input channel; those of one input lie together
  Size2 dilation_rate = 1;       // above 1 only with strides 1, as in Keras
  ActivationFunction activation = ActivationFunction::kLinear;
  bool use_bias = true;
  Initializer depthwise_initializer = {.name = "GlorotUniform"};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "depthwise_conv2d", ...
};

class DepthwiseConv2D : public ClonableLayer<DepthwiseConv2D> {
 public:
  // Throws ValueError on options out of range.
  explicit DepthwiseConv2D(DepthwiseConv2DOptions options);

  std::string class_name() const override { return "DepthwiseConv2D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  // (batch, height, width, channels) -> (batch, rows, columns, channels * depth_multiplier)
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const DepthwiseConv2DOptions& options() const { return options_; }
  Window window() const;

 protected:
  // depthwise_kernel (height, width, channels, depth_multiplier), bias (channels * depth_multiplier).
  // Keras 3 calls the first one "kernel"; tf_keras and TFMOT use the name here.
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  DepthwiseConv2DOptions options_;
};

Tensor depthwise_conv2d(const Tensor& x, DepthwiseConv2DOptions options);

}  // namespace nudge::layers
