#include "nudge/layers/layer_normalization.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/standardize.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

LayerNormalization::LayerNormalization(LayerNormalizationOptions options)
    : ClonableLayer(options.name, "LayerNormalization"), options_(std::move(options)) {}

Json LayerNormalization::config() const {
  Json config = base_config();
  config["axis"] = options_.axes;
  config["epsilon"] = options_.epsilon;
  config["center"] = options_.center;
  config["scale"] = options_.scale;
  config["beta_initializer"] = options_.beta_initializer.to_json();
  config["gamma_initializer"] = options_.gamma_initializer.to_json();
  return config;
}

LayerPtr LayerNormalization::from_config(const Json& config) {
  const ConfigReader reader(config, "LayerNormalization");
  const LayerNormalizationOptions defaults;
  return reader.make<LayerNormalization>(LayerNormalizationOptions{
      .axes = reader.has("axis") ? reader.integers("axis") : defaults.axes,
      .epsilon = reader.number("epsilon", defaults.epsilon),
      .center = reader.boolean("center", defaults.center),
      .scale = reader.boolean("scale", defaults.scale),
      .beta_initializer = reader.initializer("beta_initializer", defaults.beta_initializer),
      .gamma_initializer = reader.initializer("gamma_initializer", defaults.gamma_initializer),
      .name = reader.name()});
}

std::vector<int64_t> LayerNormalization::normalized_axes(const Shape& input) const {
  const std::vector<int64_t> axes = resolved_axes(where(), options_.axes, input);
  if (axes.empty() ||
      axes.front() + static_cast<int64_t>(axes.size()) != static_cast<int64_t>(input.size())) {
    throw UnsupportedError(where() + "only the last axes are supported");
  }
  return axes;
}

std::vector<Shape> LayerNormalization::output_shapes(const std::vector<Shape>& inputs) const {
  normalized_axes(single_input(inputs));
  return inputs;
}

void LayerNormalization::expand(ops::Expansion& call) const {
  const std::vector<int64_t> axes = normalized_axes(call.shape(call.input()));
  ops::ValueId y = standardized(call, call.input(), axes, options_.epsilon);
  Arithmetic make(call);
  if (options_.scale) y = make.multiply(y, call.weight("gamma"));
  if (options_.center) y = make.add(y, call.weight("beta"));
  call.output(y);
}

void LayerNormalization::build_weights(const std::vector<Shape>& inputs) {
  const std::vector<int64_t> axes = normalized_axes(inputs.front());
  const Shape shape(inputs.front().begin() + axes.front(), inputs.front().end());
  if (options_.scale) add_weight("gamma", shape, options_.gamma_initializer);
  if (options_.center) add_weight("beta", shape, options_.beta_initializer);
}

Tensor layer_normalization(const Tensor& x, LayerNormalizationOptions options) {
  return std::make_shared<LayerNormalization>(std::move(options))->call(x);
}

}  // namespace nudge::layers
