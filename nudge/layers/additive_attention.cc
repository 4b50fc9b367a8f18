#include "nudge/layers/additive_attention.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

AdditiveAttention::AdditiveAttention(AdditiveAttentionOptions options)
    : ClonableLayer(options.name, "AdditiveAttention"), options_(std::move(options)) {}

Json AdditiveAttention::config() const {
  Json config = base_config();
  config["use_scale"] = options_.use_scale;
  config["dropout"] = 0.0;
  return config;
}

LayerPtr AdditiveAttention::from_config(const Json& config) {
  const ConfigReader reader(config, "AdditiveAttention");
  if (reader.number("dropout", 0.0) != 0.0)
    throw UnsupportedError(reader.where() + "dropout is not supported");
  return reader.make<AdditiveAttention>(
      AdditiveAttentionOptions{.use_scale = reader.boolean("use_scale", true), .name = reader.name()});
}

std::vector<Shape> AdditiveAttention::output_shapes(const std::vector<Shape>& inputs) const {
  if (inputs.size() < 2 || inputs.size() > 3)
    throw ShapeError(where() + "expected a query, a value and perhaps a key");
  for (const Shape& input : inputs) {
    if (input.size() != 3) throw ShapeError(where() + "expected sequences, given shape " + to_string(input));
  }
  return {{inputs[0][0], inputs[0][1], inputs[1][2]}};
}

void AdditiveAttention::expand(ops::Expansion& call) const {
  Arithmetic make(call);
  const ops::ValueId query = call.inputs()[0], value = call.inputs()[1], key = call.inputs().back();
  const Shape q = call.shape(query), k = call.shape(key);
  const ops::ValueId sums =
      make.add(make.reshape(query, {q[0], q[1], 1, q[2]}), make.reshape(key, {k[0], 1, k[1], k[2]}), "sums");
  const ops::ValueId matches = make.apply(ops::Function::kTanh, sums, "matches");
  const ops::ValueId scores = options_.use_scale
                                  ? make.matmul(matches, call.weight("scale", {q[2], 1}), "scores")
                                  : make.reduce(ops::Reduction::kSum, matches, {3}, true, "scores");
  const ops::ValueId weights =
      make.apply(ops::Function::kSoftmax, make.reshape(scores, {q[0], q[1], k[1]}), "weights");
  call.output(make.batch_matmul(weights, make.right_side(value, "value"), false));
}

void AdditiveAttention::build_weights(const std::vector<Shape>& inputs) {
  if (options_.use_scale) add_weight("scale", {inputs.front().back()}, {});
}

Tensor additive_attention(const Tensor& x, AdditiveAttentionOptions options) {
  return std::make_shared<AdditiveAttention>(std::move(options))->call(x);
}

}  // namespace nudge::layers
