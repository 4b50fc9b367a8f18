// Keras's BatchNormalization over the last dimension.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct BatchNormalizationOptions {
  int64_t axis = -1;       // the channels; only the last dimension is supported
  double momentum = 0.99;  // moving = momentum * moving + (1 - momentum) * batch
  double epsilon = 1e-3;   // added to the variance
  bool center = true;      // false: no beta
  bool scale = true;       // false: no gamma
  Initializer beta_initializer = Initializer::zeros();
  Initializer gamma_initializer = Initializer::ones();
  Initializer moving_mean_initializer = Initializer::zeros();
  Initializer moving_variance_initializer = Initializer::ones();
  std::string name = "";  // empty: "batch_normalization", ...
};

// Training uses the batch's mean and (biased) variance, evaluation the moving ones.
class BatchNormalization : public ClonableLayer<BatchNormalization> {
 public:
  // Throws ValueError on options out of range.
  explicit BatchNormalization(BatchNormalizationOptions options = {});

  std::string class_name() const override { return "BatchNormalization"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  // Throws UnsupportedError when the axis is not the last one.
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const BatchNormalizationOptions& options() const { return options_; }

 protected:
  // gamma, beta, moving_mean, moving_variance, each (channels)
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  BatchNormalizationOptions options_;
};

Tensor batch_normalization(const Tensor& x, BatchNormalizationOptions options = {});

}  // namespace nudge::layers
