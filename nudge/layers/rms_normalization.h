// Keras's RMSNormalization: each sample to a mean square of 1 over its last dimension.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct RMSNormalizationOptions {
  int64_t axis = -1;  // the last
  double epsilon = 1e-6;
  std::string name = "";  // empty: "rms_normalization", ...
};

// Its inner values stay float in a file.
class RMSNormalization : public ClonableLayer<RMSNormalization> {
 public:
  explicit RMSNormalization(RMSNormalizationOptions options = {});

  std::string class_name() const override { return "RMSNormalization"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const RMSNormalizationOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  RMSNormalizationOptions options_;
};

Tensor rms_normalization(const Tensor& x, RMSNormalizationOptions options = {});

}  // namespace nudge::layers
