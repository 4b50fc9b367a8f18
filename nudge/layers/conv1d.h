// Keras's Conv1D: a convolution along a sequence.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

struct Conv1DOptions {
  int64_t filters = 1;
  int64_t kernel_size = 1;
  int64_t strides = 1;
  Padding padding = Padding::kValid;
  bool causal = false;  // padded in front alone, so that no step sees a later one; padding is kValid
  int64_t dilation_rate = 1;
  int64_t groups = 1;
  ActivationFunction activation = ActivationFunction::kLinear;
  bool use_bias = true;
  Initializer kernel_initializer = {};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "conv1d", ...
};

// (batch, steps, channels) -> (batch, new steps, filters)
class Conv1D : public ClonableLayer<Conv1D> {
 public:
  explicit Conv1D(Conv1DOptions options);

  std::string class_name() const override { return "Conv1D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const Conv1DOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  Window window() const {
    return {{1, options_.kernel_size}, {1, options_.strides}, {1, options_.dilation_rate}, options_.padding};
  }

  Conv1DOptions options_;
};

Tensor conv1d(const Tensor& x, Conv1DOptions options);

}  // namespace nudge::layers
