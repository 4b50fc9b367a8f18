// Keras's MultiHeadAttention: attention in several subspaces at once.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct MultiHeadAttentionOptions {
  int64_t num_heads = 1;
  int64_t key_dim = 1;     // of a head's queries and keys
  int64_t value_dim = 0;   // of a head's values; 0: key_dim
  int64_t output_dim = 0;  // features of the result; 0: those of the query
  double dropout = 0.0;    // of the attention weights, in training
  bool use_bias = true;
  Initializer kernel_initializer = {};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "multi_head_attention", ...
};

// query (batch, queries, n), value (batch, values, m) and, else the value, key (batch, values, k) -> (batch,
// queries, output_dim).
class MultiHeadAttention : public ClonableLayer<MultiHeadAttention> {
 public:
  explicit MultiHeadAttention(MultiHeadAttentionOptions options);

  std::string class_name() const override { return "MultiHeadAttention"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const MultiHeadAttentionOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  int64_t value_dim() const { return options_.value_dim == 0 ? options_.key_dim : options_.value_dim; }

  MultiHeadAttentionOptions options_;
};

Tensor multi_head_attention(const Tensor& x, MultiHeadAttentionOptions options);

}  // namespace nudge::layers
