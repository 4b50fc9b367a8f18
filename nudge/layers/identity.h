// Keras's Identity: its input, unchanged.
#pragma once

#include "nudge/layers/stateless_layer.h"

namespace nudge::layers {

struct IdentityOptions {
  std::string name = "";  // empty: "identity", ...
};

class Identity : public StatelessLayer<Identity> {
 public:
  explicit Identity(IdentityOptions options = {});

  std::string class_name() const override { return "Identity"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const IdentityOptions& options() const { return options_; }

 private:
  IdentityOptions options_;
};

Tensor identity(const Tensor& x, IdentityOptions options = {});

}  // namespace nudge::layers
