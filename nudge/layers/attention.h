// Keras's Attention: values mixed by how well their keys match a query (Luong's).
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct AttentionOptions {
  bool use_scale = false;  // a weight that scores are multiplied with
  std::string name = "";   // empty: "attention", ...
};

// query (batch, queries, n), value (batch, values, m) and, else the value, key (batch, values, n) -> (batch,
// queries, m).
class Attention : public ClonableLayer<Attention> {
 public:
  explicit Attention(AttentionOptions options = {});

  std::string class_name() const override { return "Attention"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const AttentionOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  AttentionOptions options_;
};

Tensor attention(const Tensor& x, AttentionOptions options = {});

}  // namespace nudge::layers
