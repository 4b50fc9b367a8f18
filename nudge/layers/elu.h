// Keras's ELU: x, or alpha * (e^x - 1) below 0.
#pragma once

#include "nudge/layers/stateless_layer.h"

namespace nudge::layers {

struct ELUOptions {
  double alpha = 1.0;
  std::string name = "";  // empty: "elu", ...
};

class ELU : public StatelessLayer<ELU> {
 public:
  explicit ELU(ELUOptions options = {});

  std::string class_name() const override { return "ELU"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const ELUOptions& options() const { return options_; }

 private:
  ELUOptions options_;
};

Tensor elu(const Tensor& x, ELUOptions options = {});

}  // namespace nudge::layers
