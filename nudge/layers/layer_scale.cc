#include "nudge/layers/layer_scale.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

LayerScale::LayerScale(LayerScaleOptions options)
    : ClonableLayer(options.name, "LayerScale"), options_(std::move(options)) {}

Json LayerScale::config() const {
  Json config = base_config();
  config["init_values"] = options_.init_values;
  config["projection_dim"] = options_.projection_dim;
  return config;
}

LayerPtr LayerScale::from_config(const Json& config) {
  const ConfigReader reader(config, "LayerScale");
  return reader.make<LayerScale>(LayerScaleOptions{.init_values = reader.number("init_values", 1e-6),
                                                   .projection_dim = reader.integer("projection_dim"),
                                                   .name = reader.name()});
}

std::vector<Shape> LayerScale::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs);
  if (input.back() != options_.projection_dim) {
    throw ShapeError(where() + "expected projection_dim channels, given shape " + to_string(input));
  }
  return {input};
}

void LayerScale::expand(ops::Expansion& call) const {
  call.output(Arithmetic(call).multiply(call.input(), call.weight("gamma")));
}

void LayerScale::build_weights(const std::vector<Shape>& inputs) {
  add_weight("gamma", {inputs.front().back()}, Initializer::constant(options_.init_values));
}

Tensor layer_scale(const Tensor& x, LayerScaleOptions options) {
  return std::make_shared<LayerScale>(std::move(options))->call(x);
}

}  // namespace nudge::layers
