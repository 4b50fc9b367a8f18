// Keras's SpatialDropout1D, 2D and 3D: in training whole channels of an image are zeroed.
#pragma once

#include <optional>

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct SpatialDropoutOptions {
  double rate = 0.5;                           // the share that is zeroed, within [0, 1]
  std::optional<int64_t> seed = std::nullopt;  // none: drawn from the training's seed
  std::string name = "";                       // empty: "spatial_dropout2d", ...
};

class SpatialDropout : public ClonableLayer<SpatialDropout> {
 public:
  // `dimensions` between batch and channels: 1, 2 or 3.  Throws ValueError on a rate out of range.
  SpatialDropout(int dimensions, SpatialDropoutOptions options);

  std::string class_name() const override;  // "SpatialDropout2D"
  Json config() const override;
  static LayerPtr from_config(int dimensions, const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const SpatialDropoutOptions& options() const { return options_; }

 private:
  int dimensions_;
  SpatialDropoutOptions options_;
};

Tensor spatial_dropout1d(const Tensor& x, SpatialDropoutOptions options);
Tensor spatial_dropout2d(const Tensor& x, SpatialDropoutOptions options);
Tensor spatial_dropout3d(const Tensor& x, SpatialDropoutOptions options);

}  // namespace nudge::layers
