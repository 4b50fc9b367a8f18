// Keras's Permute: the dimensions behind the batch in another order.
#pragma once

#include "nudge/layers/stateless_layer.h"

namespace nudge::layers {

struct PermuteOptions {
  std::vector<int64_t> dims;  // counted from 1: {2, 1} swaps the first two
  std::string name = "";      // empty: "permute", ...
};

class Permute : public StatelessLayer<Permute> {
 public:
  explicit Permute(PermuteOptions options);

  std::string class_name() const override { return "Permute"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const PermuteOptions& options() const { return options_; }

 private:
  PermuteOptions options_;
};

Tensor permute(const Tensor& x, PermuteOptions options);

}  // namespace nudge::layers
