// Keras's UnitNormalization: vectors of length 1 along an axis.
#pragma once

#include "nudge/layers/stateless_layer.h"

namespace nudge::layers {

struct UnitNormalizationOptions {
  std::vector<int64_t> axes = {-1};  // negative ones count from the back
  std::string name = "";             // empty: "unit_normalization", ...
};

class UnitNormalization : public StatelessLayer<UnitNormalization> {
 public:
  explicit UnitNormalization(UnitNormalizationOptions options = {});

  std::string class_name() const override { return "UnitNormalization"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const UnitNormalizationOptions& options() const { return options_; }

 private:
  UnitNormalizationOptions options_;
};

Tensor unit_normalization(const Tensor& x, UnitNormalizationOptions options = {});

}  // namespace nudge::layers
