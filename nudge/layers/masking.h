// Keras's Masking: steps whose features are all mask_value become zeros.
#pragma once

#include "nudge/layers/stateless_layer.h"

namespace nudge::layers {

struct MaskingOptions {
  double mask_value = 0.0;
  std::string name = "";  // empty: "masking", ...
};

// Layers behind it do not see the mask that Keras hands on; files in which one would are refused.
class Masking : public StatelessLayer<Masking> {
 public:
  explicit Masking(MaskingOptions options = {});

  std::string class_name() const override { return "Masking"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const MaskingOptions& options() const { return options_; }

 private:
  MaskingOptions options_;
};

Tensor masking(const Tensor& x, MaskingOptions options = {});

}  // namespace nudge::layers
