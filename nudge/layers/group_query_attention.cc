#include "nudge/layers/group_query_attention.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/attention_heads.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

GroupQueryAttention::GroupQueryAttention(GroupQueryAttentionOptions options)
    : ClonableLayer(options.name, "GroupQueryAttention"), options_(std::move(options)) {
  ops::check_positive(where(), "head_dim", options_.head_dim);
  ops::check_positive(where(), "num_query_heads", options_.num_query_heads);
  ops::check_positive(where(), "num_key_value_heads", options_.num_key_value_heads);
  if (options_.num_query_heads % options_.num_key_value_heads != 0) {
    throw ValueError(where() + "num_key_value_heads does not divide num_query_heads");
  }
}

Json GroupQueryAttention::config() const {
  Json config = base_config();
  config["head_dim"] = options_.head_dim;
  config["num_query_heads"] = options_.num_query_heads;
  config["num_key_value_heads"] = options_.num_key_value_heads;
  config["dropout"] = options_.dropout;
  config["use_bias"] = options_.use_bias;
  config["kernel_initializer"] = options_.kernel_initializer.to_json();
  config["bias_initializer"] = options_.bias_initializer.to_json();
  return config;
}

LayerPtr GroupQueryAttention::from_config(const Json& config) {
  const ConfigReader reader(config, "GroupQueryAttention");
  if (reader.boolean("use_gate", false) || reader.has("sliding_window")) {
    throw UnsupportedError(reader.where() + "use_gate and sliding_window are not supported");
  }
  return reader.make<GroupQueryAttention>(GroupQueryAttentionOptions{
      .head_dim = reader.integer("head_dim"),
      .num_query_heads = reader.integer("num_query_heads"),
      .num_key_value_heads = reader.integer("num_key_value_heads"),
      .dropout = reader.number("dropout", 0.0),
      .use_bias = reader.boolean("use_bias", true),
      .kernel_initializer = reader.initializer("kernel_initializer", {}),
      .bias_initializer = reader.initializer("bias_initializer", Initializer::zeros()),
      .name = reader.name()});
}

std::vector<Shape> GroupQueryAttention::output_shapes(const std::vector<Shape>& inputs) const {
  return {attention_query(where(), inputs)};
}

void GroupQueryAttention::expand(ops::Expansion& call) const {
  call.output(attend(call, {.query_heads = options_.num_query_heads,
                            .heads = options_.num_key_value_heads,
                            .key_dim = options_.head_dim,
                            .value_dim = options_.head_dim,
                            .dropout = options_.dropout,
                            .use_bias = options_.use_bias,
                            .prefix = "_"}));
}

void GroupQueryAttention::build_weights(const std::vector<Shape>& inputs) {
  const int64_t dim = options_.head_dim, heads = options_.num_key_value_heads,
                queries = options_.num_query_heads;
  const auto add = [&](const std::string& name, const Shape& kernel, const Shape& bias) {
    add_weight(name + "/kernel", kernel, options_.kernel_initializer);
    if (options_.use_bias) add_weight(name + "/bias", bias, options_.bias_initializer);
  };
  add("_query_dense", {inputs[0].back(), queries, dim}, {queries, dim});
  add("_key_dense", {inputs.back().back(), heads, dim}, {heads, dim});
  add("_value_dense", {inputs[1].back(), heads, dim}, {heads, dim});
  add("_output_dense", {queries, dim, inputs[0].back()}, {inputs[0].back()});
}

Tensor group_query_attention(const Tensor& x, GroupQueryAttentionOptions options) {
  return std::make_shared<GroupQueryAttention>(std::move(options))->call(x);
}

}  // namespace nudge::layers
