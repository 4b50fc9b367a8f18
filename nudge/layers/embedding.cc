#include "nudge/layers/embedding.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Embedding::Embedding(EmbeddingOptions options)
    : ClonableLayer(options.name, "Embedding"), options_(std::move(options)) {
  ops::check_positive(where(), "input_dim", options_.input_dim);
  ops::check_positive(where(), "output_dim", options_.output_dim);
}

Json Embedding::config() const {
  Json config = base_config();
  config["input_dim"] = options_.input_dim;
  config["output_dim"] = options_.output_dim;
  config["embeddings_initializer"] = options_.embeddings_initializer.to_json();
  config["mask_zero"] = false;
  return config;
}

LayerPtr Embedding::from_config(const Json& config) {
  const ConfigReader reader(config, "Embedding");
  if (reader.boolean("mask_zero", false))
    throw UnsupportedError(reader.where() + "mask_zero is not supported");
  const EmbeddingOptions defaults;
  return reader.make<Embedding>(EmbeddingOptions{
      .input_dim = reader.integer("input_dim"),
      .output_dim = reader.integer("output_dim"),
      .embeddings_initializer = reader.initializer("embeddings_initializer", defaults.embeddings_initializer),
      .name = reader.name()});
}

std::vector<Shape> Embedding::output_shapes(const std::vector<Shape>& inputs) const {
  Shape shape = single_input(inputs);
  shape.push_back(options_.output_dim);
  return {shape};
}

void Embedding::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Gather{}, {call.weight("embeddings"), call.input()}));
}

void Embedding::build_weights(const std::vector<Shape>& inputs) {
  if (inputs.empty()) throw ShapeError(where() + "expected an input");
  add_weight("embeddings", {options_.input_dim, options_.output_dim}, options_.embeddings_initializer);
}

Tensor embedding(const Tensor& x, EmbeddingOptions options) {
  return std::make_shared<Embedding>(std::move(options))->call(x);
}

}  // namespace nudge::layers
