// Keras's GaussianNoise: normal noise is added in training.
#pragma once

#include <optional>

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct GaussianNoiseOptions {
  double stddev = 1.0;                         // of the noise, within [0, 1]; must be given
  std::optional<int64_t> seed = std::nullopt;  // none: drawn from the training's seed
  std::string name = "";                       // empty: "gaussian_noise", ...
};

class GaussianNoise : public ClonableLayer<GaussianNoise> {
 public:
  // Throws ValueError on a deviation out of range.
  explicit GaussianNoise(GaussianNoiseOptions options);

  std::string class_name() const override { return "GaussianNoise"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const GaussianNoiseOptions& options() const { return options_; }

 private:
  GaussianNoiseOptions options_;
};

Tensor gaussian_noise(const Tensor& x, GaussianNoiseOptions options);

}  // namespace nudge::layers
