// Keras's AlphaDropout: dropout in training that keeps mean and variance, for networks of SELU.
#pragma once

#include <optional>

#include "nudge/graph/layer.h"
#include "nudge/layers/noise_shape.h"

namespace nudge::layers {

struct AlphaDropoutOptions {
  double rate = 0.5;                           // the share that is dropped, within [0, 1)
  std::optional<int64_t> seed = std::nullopt;  // none: drawn from the training's seed
  NoiseShape noise_shape = {};                 // empty: a draw for each element
  std::string name = "";                       // empty: "alpha_dropout", ...
};

class AlphaDropout : public ClonableLayer<AlphaDropout> {
 public:
  // Throws ValueError on a rate or a noise_shape out of range.
  explicit AlphaDropout(AlphaDropoutOptions options);

  std::string class_name() const override { return "AlphaDropout"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const AlphaDropoutOptions& options() const { return options_; }

 private:
  AlphaDropoutOptions options_;
};

Tensor alpha_dropout(const Tensor& x, AlphaDropoutOptions options);

}  // namespace nudge::layers
