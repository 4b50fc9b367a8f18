#include "nudge/layers/multi_head_attention.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/attention_heads.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

MultiHeadAttention::MultiHeadAttention(MultiHeadAttentionOptions options)
    : ClonableLayer(options.name, "MultiHeadAttention"), options_(std::move(options)) {
  ops::check_positive(where(), "num_heads", options_.num_heads);
  ops::check_positive(where(), "key_dim", options_.key_dim);
}

Json MultiHeadAttention::config() const {
  Json config = base_config();
  config["num_heads"] = options_.num_heads;
  config["key_dim"] = options_.key_dim;
  config["value_dim"] = options_.value_dim == 0 ? options_.key_dim : options_.value_dim;
  config["output_shape"] = options_.output_dim == 0 ? Json(nullptr) : Json(options_.output_dim);
  config["dropout"] = options_.dropout;
  config["use_bias"] = options_.use_bias;
  config["kernel_initializer"] = options_.kernel_initializer.to_json();
  config["bias_initializer"] = options_.bias_initializer.to_json();
  return config;
}

LayerPtr MultiHeadAttention::from_config(const Json& config) {
  const ConfigReader reader(config, "MultiHeadAttention");
  if (reader.boolean("use_gate", false) || reader.has("sliding_window")) {
    throw UnsupportedError(reader.where() + "use_gate and sliding_window are not supported");
  }
  if (reader.has("attention_axes") && reader.integers("attention_axes") != std::vector<int64_t>{1}) {
    throw UnsupportedError(reader.where() + "attention_axes is not supported");
  }
  return reader.make<MultiHeadAttention>(MultiHeadAttentionOptions{
      .num_heads = reader.integer("num_heads"),
      .key_dim = reader.integer("key_dim"),
      .value_dim = reader.integer("value_dim", 0),
      .output_dim = reader.length("output_shape", 0),
      .dropout = reader.number("dropout", 0.0),
      .use_bias = reader.boolean("use_bias", true),
      .kernel_initializer = reader.initializer("kernel_initializer", {}),
      .bias_initializer = reader.initializer("bias_initializer", Initializer::zeros()),
      .name = reader.name()});
}

std::vector<Shape> MultiHeadAttention::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& query = attention_query(where(), inputs);
  return {{query[0], query[1], options_.output_dim == 0 ? query[2] : options_.output_dim}};
}

void MultiHeadAttention::expand(ops::Expansion& call) const {
  call.output(attend(call, {.query_heads = options_.num_heads,
                            .heads = options_.num_heads,
                            .key_dim = options_.key_dim,
                            .value_dim = value_dim(),
                            .dropout = options_.dropout,
                            .use_bias = options_.use_bias}));
}

void MultiHeadAttention::build_weights(const std::vector<Shape>& inputs) {
  const int64_t heads = options_.num_heads, output = output_shapes(inputs).front().back();
  const auto add = [&](const std::string& name, const Shape& kernel, const Shape& bias) {
    add_weight(name + "/kernel", kernel, options_.kernel_initializer);
    if (options_.use_bias) add_weight(name + "/bias", bias, options_.bias_initializer);
  };
  add("query_dense", {inputs[0].back(), heads, options_.key_dim}, {heads, options_.key_dim});
  add("key_dense", {inputs.back().back(), heads, options_.key_dim}, {heads, options_.key_dim});
  add("value_dense", {inputs[1].back(), heads, value_dim()}, {heads, value_dim()});
  add("output_dense", {heads, value_dim(), output}, {output});
}

Tensor multi_head_attention(const Tensor& x, MultiHeadAttentionOptions options) {
  return std::make_shared<MultiHeadAttention>(std::move(options))->call(x);
}

}  // namespace nudge::layers
