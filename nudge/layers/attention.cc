#include "nudge/layers/attention.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Attention::Attention(AttentionOptions options)
    : ClonableLayer(options.name, "Attention"), options_(std::move(options)) {}

Json Attention::config() const {
  Json config = base_config();
  config["use_scale"] = options_.use_scale;
  config["score_mode"] = "dot";
  config["dropout"] = 0.0;
  return config;
}

LayerPtr Attention::from_config(const Json& config) {
  const ConfigReader reader(config, "Attention");
  if (reader.text("score_mode", "dot") != "dot") {
    throw UnsupportedError(reader.where() + "only score_mode 'dot' is supported");
  }
  if (reader.number("dropout", 0.0) != 0.0)
    throw UnsupportedError(reader.where() + "dropout is not supported");
  return reader.make<Attention>(
      AttentionOptions{.use_scale = reader.boolean("use_scale", false), .name = reader.name()});
}

std::vector<Shape> Attention::output_shapes(const std::vector<Shape>& inputs) const {
  if (inputs.size() < 2 || inputs.size() > 3)
    throw ShapeError(where() + "expected a query, a value and perhaps a key");
  for (const Shape& input : inputs) {
    if (input.size() != 3) throw ShapeError(where() + "expected sequences, given shape " + to_string(input));
  }
  return {{inputs[0][0], inputs[0][1], inputs[1][2]}};
}

void Attention::expand(ops::Expansion& call) const {
  Arithmetic make(call);
  const ops::ValueId query = call.inputs()[0], value = call.inputs()[1], key = call.inputs().back();
  ops::ValueId scores = make.batch_matmul(query, make.right_side(key, "key"), true, "scores");
  if (options_.use_scale) scores = make.multiply(scores, call.weight("scale", {1}), "scaled_scores");
  const ops::ValueId weights = make.apply(ops::Function::kSoftmax, scores, "weights");
  call.output(make.batch_matmul(weights, make.right_side(value, "value"), false));
}

void Attention::build_weights(const std::vector<Shape>& inputs) {
  if (options_.use_scale && !inputs.empty()) add_weight("scale", {}, Initializer::ones());
}

Tensor attention(const Tensor& x, AttentionOptions options) {
  return std::make_shared<Attention>(std::move(options))->call(x);
}

}  // namespace nudge::layers
