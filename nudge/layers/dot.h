// Keras's Dot: the products of two tensors' vectors along an axis of each.
#pragma once

#include "nudge/layers/stateless_layer.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

struct DotOptions {
  std::vector<int64_t> axes = {-1};  // one of both, or one of each; negative ones count from the back
  bool normalize = false;            // the vectors to length 1 first: cosine similarity
  std::string name = "";             // empty: "dot", ...
};

// (batch, a..., n) and (batch, b..., n) -> (batch, a..., b...); of two vectors (batch, 1).
class Dot : public StatelessLayer<Dot> {
 public:
  explicit Dot(DotOptions options);

  std::string class_name() const override { return "Dot"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const DotOptions& options() const { return options_; }

 private:
  // Input i as (batch, rows, n), its axis last; `rest` are the dimensions that rows are made of.
  ops::ValueId rows(ops::Expansion& call, size_t i, Shape& rest) const;

  DotOptions options_;
};

Tensor dot(const Tensor& x, DotOptions options);

}  // namespace nudge::layers
