// Keras's SeparableConv1D: a convolution of each channel of a sequence, then of all at each step.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

struct SeparableConv1DOptions {
  int64_t filters = 1;
  int64_t kernel_size = 1;
  int64_t strides = 1;
  Padding padding = Padding::kValid;
  bool causal = false;  // padded in front alone; padding is kValid
  int64_t dilation_rate = 1;
  int64_t depth_multiplier = 1;  // outputs a channel between the two
  ActivationFunction activation = ActivationFunction::kLinear;
  bool use_bias = true;
  Initializer depthwise_initializer = {};
  Initializer pointwise_initializer = {};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "separable_conv1d", ...
};

// (batch, steps, channels) -> (batch, new steps, filters)
class SeparableConv1D : public ClonableLayer<SeparableConv1D> {
 public:
  explicit SeparableConv1D(SeparableConv1DOptions options);

  std::string class_name() const override { return "SeparableConv1D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const SeparableConv1DOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  Window window() const {
    return {{1, options_.kernel_size}, {1, options_.strides}, {1, options_.dilation_rate}, options_.padding};
  }

  SeparableConv1DOptions options_;
};

Tensor separable_conv1d(const Tensor& x, SeparableConv1DOptions options);

}  // namespace nudge::layers
