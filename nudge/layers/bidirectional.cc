#include "nudge/layers/bidirectional.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {
namespace {

constexpr const char* kKinds[] = {"SimpleRNN", "GRU", "LSTM"};

// The recurrent layer of a serialized one.
RecurrentOptions inner_options(const Json& layer, const std::string& class_name) {
  const Json& config = object_member(layer, "config", class_name + ": ");
  for (const auto& [key, value] : config.items()) {
    const bool rule = key.ends_with("_regularizer") || key.ends_with("_constraint");
    if (rule && !value.is_null())
      throw UnsupportedError(class_name + ": " + key + " within Bidirectional is not supported");
  }
  RecurrentOptions options = recurrent_options(ConfigReader(config, class_name));
  if (options.return_state)
    throw UnsupportedError(class_name + ": return_state within Bidirectional is not supported");
  return options;
}

}  // namespace

Bidirectional::Bidirectional(BidirectionalOptions options)
    : ClonableLayer(options.name, "Bidirectional"), options_(std::move(options)) {
  const std::string& mode = options_.merge_mode;
  if (mode != "concat" && mode != "sum" && mode != "mul" && mode != "ave") {
    throw UnsupportedError(where() + "merge_mode '" + mode +
                           "' is not supported; use concat, sum, mul or ave");
  }
  check_recurrent(where(), options_.forward);
  check_recurrent(where(), options_.backward);
}

Json Bidirectional::config() const {
  Json config = base_config();
  const std::string class_name = kKinds[static_cast<int>(options_.kind)];
  const auto serialized = [&](const RecurrentOptions& options) {
    Json inner{{"name", options.name}, {"trainable", trainable()}};
    write_config(inner, options_.kind, options);
    return Json{{"module", "keras.layers"},
                {"class_name", class_name},
                {"config", inner},
                {"registered_name", nullptr}};
  };
  config["merge_mode"] = options_.merge_mode;
  config["layer"] = serialized(options_.forward);
  config["backward_layer"] = serialized(options_.backward);
  return config;
}

LayerPtr Bidirectional::from_config(const Json& config) {
  const ConfigReader reader(config, "Bidirectional");
  const Json& layer = object_member(config, "layer", reader.where());
  const std::string class_name = text_member(layer, "class_name", reader.where());
  const auto kind = std::find(std::begin(kKinds), std::end(kKinds), class_name);
  if (kind == std::end(kKinds))
    throw UnsupportedError(reader.where() + "of '" + class_name + "' is not supported");
  BidirectionalOptions options{.kind = static_cast<Recurrence>(kind - std::begin(kKinds)),
                               .forward = inner_options(layer, class_name),
                               .merge_mode = reader.text("merge_mode", ""),
                               .name = reader.name()};
  options.backward = options.forward;
  options.backward.go_backwards = !options.forward.go_backwards;
  if (reader.has("backward_layer")) options.backward = inner_options(config.at("backward_layer"), class_name);
  return reader.make<Bidirectional>(std::move(options));
}

std::vector<Shape> Bidirectional::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs, 3);
  ops::check_definite(where(), input);
  const bool concat = options_.merge_mode == "concat";
  const int64_t units = options_.forward.units + (concat ? options_.backward.units : 0);
  if (!options_.forward.return_sequences) return {{input[0], units}};
  return {{input[0], input[1], units}};
}

void Bidirectional::expand(ops::Expansion& call) const {
  Arithmetic make(call);
  const ops::ValueId forward = collected(
      call, options_.forward,
      unrolled(call, options_.kind, options_.forward, call.input(), "forward_layer/cell/", "forward_")
          .states);
  auto states =
      unrolled(call, options_.kind, options_.backward, call.input(), "backward_layer/cell/", "backward_")
          .states;
  // Back into the order of the steps.
  if (options_.backward.return_sequences) std::reverse(states.begin(), states.end());
  const ops::ValueId backward = collected(call, options_.backward, states);
  const int64_t last = static_cast<int64_t>(call.shape(forward).size()) - 1;
  if (options_.merge_mode == "concat") return call.output(make.concatenate({forward, backward}, last));
  if (options_.merge_mode == "mul") return call.output(make.multiply(forward, backward));
  if (options_.merge_mode == "sum") return call.output(make.add(forward, backward));
  call.output(make.affine(make.add(forward, backward, "sum"), 0.5, 0.0));
}

void Bidirectional::build_weights(const std::vector<Shape>& inputs) {
  const auto add = [&](const std::string& prefix, const RecurrentOptions& options) {
    const RecurrentShapes shapes = recurrent_shapes(options_.kind, options, inputs.front()[2]);
    add_weight(prefix + "kernel", shapes.kernel, options.kernel_initializer);
    add_weight(prefix + "recurrent_kernel", shapes.recurrent_kernel, options.recurrent_initializer);
    if (options.use_bias) add_weight(prefix + "bias", shapes.bias, options.bias_initializer);
  };
  add("forward_layer/cell/", options_.forward);
  add("backward_layer/cell/", options_.backward);
}

void Bidirectional::initialize(uint64_t seed) {
  const auto bias = [&](const char* name, const RecurrentOptions& options) {
    const bool forgets = options_.kind == Recurrence::kLstm && options.use_bias && built();
    return UnitForgetBias(forgets ? &weight(name) : nullptr, options);
  };
  const UnitForgetBias forward = bias("forward_layer/cell/bias", options_.forward);
  const UnitForgetBias backward = bias("backward_layer/cell/bias", options_.backward);
  Layer::initialize(seed);
  forward.after_initialize();
  backward.after_initialize();
}

Tensor bidirectional(const Tensor& x, BidirectionalOptions options) {
  return std::make_shared<Bidirectional>(std::move(options))->call(x);
}

}  // namespace nudge::layers
