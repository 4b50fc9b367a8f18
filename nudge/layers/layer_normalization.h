// Keras's LayerNormalization: each sample to mean 0 and variance 1 over its last dimensions.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct LayerNormalizationOptions {
  std::vector<int64_t> axes = {-1};  // normalised over; the last ones, negative ones count from the back
  double epsilon = 1e-3;
  bool center = true;  // beta is added
  bool scale = true;   // gamma is multiplied
  Initializer beta_initializer = Initializer::zeros();
  Initializer gamma_initializer = Initializer::ones();
  std::string name = "";  // empty: "layer_normalization", ...
};

// Its inner values stay float in a file: variances span more than 8 bits hold.
class LayerNormalization : public ClonableLayer<LayerNormalization> {
 public:
  explicit LayerNormalization(LayerNormalizationOptions options = {});

  std::string class_name() const override { return "LayerNormalization"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const LayerNormalizationOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  // Throws UnsupportedError unless they are the last ones.
  std::vector<int64_t> normalized_axes(const Shape& input) const;

  LayerNormalizationOptions options_;
};

Tensor layer_normalization(const Tensor& x, LayerNormalizationOptions options = {});

}  // namespace nudge::layers
