// Keras's Conv3D: a convolution over volumes.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

struct Conv3DOptions {
  int64_t filters = 1;
  Size3 kernel_size = {1, 1, 1};  // depth, height, width
  Size3 strides = {1, 1, 1};
  Padding padding = Padding::kValid;
  Size3 dilation_rate = {1, 1, 1};
  ActivationFunction activation = ActivationFunction::kLinear;
  bool use_bias = true;
  Initializer kernel_initializer = {};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "conv3d", ...
};

// (batch, depth, height, width, channels) -> (batch, layers, rows, columns, filters).  TFLite has it in
// floats alone, so a file holds it as a float island.
class Conv3D : public ClonableLayer<Conv3D> {
 public:
  explicit Conv3D(Conv3DOptions options);

  std::string class_name() const override { return "Conv3D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const Conv3DOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  Shape kernel_shape(int64_t channels) const {
    const Size3& k = options_.kernel_size;
    return {k[0], k[1], k[2], channels, options_.filters};
  }

  Conv3DOptions options_;
};

Tensor conv3d(const Tensor& x, Conv3DOptions options);

}  // namespace nudge::layers
