// Keras's AdditiveAttention: values mixed by tanh(query + key) (Bahdanau's).
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct AdditiveAttentionOptions {
  bool use_scale = true;  // weights that the features of tanh(query + key) are summed with
  std::string name = "";  // empty: "additive_attention", ...
};

// query (batch, queries, n), value (batch, values, m) and, else the value, key (batch, values, n) -> (batch,
// queries, m).
class AdditiveAttention : public ClonableLayer<AdditiveAttention> {
 public:
  explicit AdditiveAttention(AdditiveAttentionOptions options = {});

  std::string class_name() const override { return "AdditiveAttention"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const AdditiveAttentionOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  AdditiveAttentionOptions options_;
};

Tensor additive_attention(const Tensor& x, AdditiveAttentionOptions options = {});

}  // namespace nudge::layers
