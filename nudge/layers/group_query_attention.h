// Keras's GroupQueryAttention: attention whose queries share keys and values in groups.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct GroupQueryAttentionOptions {
  int64_t head_dim = 1;
  int64_t num_query_heads = 1;
  int64_t num_key_value_heads = 1;  // divides num_query_heads
  double dropout = 0.0;             // of the attention weights, in training
  bool use_bias = true;
  Initializer kernel_initializer = {};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "group_query_attention", ...
};

// query (batch, queries, n), value (batch, values, m) and, else the value, key (batch, values, k) -> (batch,
// queries, n).
class GroupQueryAttention : public ClonableLayer<GroupQueryAttention> {
 public:
  explicit GroupQueryAttention(GroupQueryAttentionOptions options);

  std::string class_name() const override { return "GroupQueryAttention"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const GroupQueryAttentionOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  GroupQueryAttentionOptions options_;
};

Tensor group_query_attention(const Tensor& x, GroupQueryAttentionOptions options);

}  // namespace nudge::layers
