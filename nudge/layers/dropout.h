// Keras's Dropout: in training a share of the elements is zeroed and the others scaled by 1 / (1 - rate).
#pragma once

#include <optional>

#include "nudge/graph/layer.h"
#include "nudge/layers/noise_shape.h"

namespace nudge::layers {

struct DropoutOptions {
  double rate = 0.5;                           // the share that is zeroed, within [0, 1]
  std::optional<int64_t> seed = std::nullopt;  // none: drawn from the training's seed
  NoiseShape noise_shape = {};                 // empty: a draw for each element
  std::string name = "";                       // empty: "dropout", ...
};

class Dropout : public ClonableLayer<Dropout> {
 public:
  // Throws ValueError on a rate or a noise_shape out of range.
  explicit Dropout(DropoutOptions options);

  std::string class_name() const override { return "Dropout"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const DropoutOptions& options() const { return options_; }

 private:
  DropoutOptions options_;
};

Tensor dropout(const Tensor& x, DropoutOptions options);

}  // namespace nudge::layers
