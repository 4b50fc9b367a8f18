// Keras's RepeatVector: a vector n times, as the steps of a sequence.
#pragma once

#include "nudge/layers/stateless_layer.h"

namespace nudge::layers {

struct RepeatVectorOptions {
  int64_t n = 1;
  std::string name = "";  // empty: "repeat_vector", ...
};

// (batch, features) -> (batch, n, features)
class RepeatVector : public StatelessLayer<RepeatVector> {
 public:
  explicit RepeatVector(RepeatVectorOptions options);

  std::string class_name() const override { return "RepeatVector"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const RepeatVectorOptions& options() const { return options_; }

 private:
  RepeatVectorOptions options_;
};

Tensor repeat_vector(const Tensor& x, RepeatVectorOptions options);

}  // namespace nudge::layers
