// Keras's Embedding: a row of a table for each whole number.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct EmbeddingOptions {
  int64_t input_dim = 1;  // rows
  int64_t output_dim = 1;
  Initializer embeddings_initializer = {.name = "RandomUniform"};
  std::string name = "";  // empty: "embedding", ...
};

// (batch, ...) -> (batch, ..., output_dim).  A number outside the table is an error.
class Embedding : public ClonableLayer<Embedding> {
 public:
  explicit Embedding(EmbeddingOptions options);

  std::string class_name() const override { return "Embedding"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const EmbeddingOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  EmbeddingOptions options_;
};

Tensor embedding(const Tensor& x, EmbeddingOptions options);

}  // namespace nudge::layers
