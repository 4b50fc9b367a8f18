// Keras's Conv3DTranspose: the gradient of a convolution, which makes volumes larger.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

struct Conv3DTransposeOptions {
  int64_t filters = 1;
  Size3 kernel_size = {1, 1, 1};  // depth, height, width
  Size3 strides = {1, 1, 1};
  Padding padding = Padding::kValid;
  ActivationFunction activation = ActivationFunction::kLinear;
  bool use_bias = true;
  Initializer kernel_initializer = {};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "conv3d_transpose", ...
};

// (batch, depth, height, width, channels) -> (batch, layers, rows, columns, filters).  TFLite has it in
// floats alone, so a file holds it as a float island.
class Conv3DTranspose : public ClonableLayer<Conv3DTranspose> {
 public:
  explicit Conv3DTranspose(Conv3DTransposeOptions options);

  std::string class_name() const override { return "Conv3DTranspose"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const Conv3DTransposeOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  Shape kernel_shape(int64_t channels) const {
    const Size3& k = options_.kernel_size;
    return {k[0], k[1], k[2], options_.filters, channels};
  }

  Conv3DTransposeOptions options_;
};

Tensor conv3d_transpose(const Tensor& x, Conv3DTransposeOptions options);

}  // namespace nudge::layers
