#include "nudge/layers/activation.h"

#include <nlohmann/json.hpp>

#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Activation::Activation(ActivationOptions options)
    : ClonableLayer(options.name, "Activation"), options_(std::move(options)) {}

Json Activation::config() const {
  Json config = base_config();
  config["activation"] = to_string(options_.activation);
  return config;
}

LayerPtr Activation::from_config(const Json& config) {
  const ConfigReader reader(config, "Activation");
  return reader.make<Activation>(ActivationOptions{.activation = reader.activation(), .name = reader.name()});
}

std::vector<Shape> Activation::output_shapes(const std::vector<Shape>& inputs) const {
  return {single_input(inputs)};
}

void Activation::expand(ops::Expansion& call) const {
  call.output(call.activate(call.input(), form_of(options_.activation)));
}

Tensor activation(const Tensor& x, ActivationOptions options) {
  return std::make_shared<Activation>(std::move(options))->call(x);
}

}  // namespace nudge::layers
