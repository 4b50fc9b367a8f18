// Keras's GaussianDropout: values are multiplied by normal noise around 1 in training.
#pragma once

#include <optional>

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct GaussianDropoutOptions {
  double rate = 0.5;  // the noise's deviation is sqrt(rate / (1 - rate)); within [0, 1)
  std::optional<int64_t> seed = std::nullopt;  // none: drawn from the training's seed
  std::string name = "";                       // empty: "gaussian_dropout", ...
};

class GaussianDropout : public ClonableLayer<GaussianDropout> {
 public:
  // Throws ValueError on a rate out of range.
  explicit GaussianDropout(GaussianDropoutOptions options);

  std::string class_name() const override { return "GaussianDropout"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const GaussianDropoutOptions& options() const { return options_; }

 private:
  GaussianDropoutOptions options_;
};

Tensor gaussian_dropout(const Tensor& x, GaussianDropoutOptions options);

}  // namespace nudge::layers
