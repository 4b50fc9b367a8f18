// Keras's DepthwiseConv1D: a convolution of each channel of a sequence by itself.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

struct DepthwiseConv1DOptions {
  int64_t kernel_size = 1;
  int64_t strides = 1;
  Padding padding = Padding::kValid;
  int64_t depth_multiplier = 1;  // outputs a channel
  int64_t dilation_rate = 1;
  ActivationFunction activation = ActivationFunction::kLinear;
  bool use_bias = true;
  Initializer depthwise_initializer = {};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "depthwise_conv1d", ...
};

// (batch, steps, channels) -> (batch, new steps, channels * depth_multiplier)
class DepthwiseConv1D : public ClonableLayer<DepthwiseConv1D> {
 public:
  explicit DepthwiseConv1D(DepthwiseConv1DOptions options);

  std::string class_name() const override { return "DepthwiseConv1D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const DepthwiseConv1DOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  Window window() const {
    return {{1, options_.kernel_size}, {1, options_.strides}, {1, options_.dilation_rate}, options_.padding};
  }

  DepthwiseConv1DOptions options_;
};

Tensor depthwise_conv1d(const Tensor& x, DepthwiseConv1DOptions options);

}  // namespace nudge::layers
