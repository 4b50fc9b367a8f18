// Keras's Conv1DTranspose: the gradient of a convolution, which makes sequences longer.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

struct Conv1DTransposeOptions {
  int64_t filters = 1;
  int64_t kernel_size = 1;
  int64_t strides = 1;  // how far apart the inputs stand in the result
  Padding padding = Padding::kValid;
  ActivationFunction activation = ActivationFunction::kLinear;
  bool use_bias = true;
  Initializer kernel_initializer = {};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "conv1d_transpose", ...
};

// (batch, steps, channels) -> (batch, new steps, filters)
class Conv1DTranspose : public ClonableLayer<Conv1DTranspose> {
 public:
  explicit Conv1DTranspose(Conv1DTransposeOptions options);

  std::string class_name() const override { return "Conv1DTranspose"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const Conv1DTransposeOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  Window window() const {
    return {.size = {1, options_.kernel_size}, .strides = {1, options_.strides}, .padding = options_.padding};
  }

  Conv1DTransposeOptions options_;
};

Tensor conv1d_transpose(const Tensor& x, Conv1DTransposeOptions options);

}  // namespace nudge::layers
