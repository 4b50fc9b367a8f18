#include "nudge/layers/activation.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
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
  Shape shape = single_input(inputs);
  if (options_.activation != ActivationFunction::kGlu) return {shape};
  if (shape.size() < 2 || shape.back() % 2 != 0) {
    throw ShapeError(where() + "glu halves the channels, given shape " + to_string(shape));
  }
  shape.back() /= 2;
  return {shape};
}

void Activation::expand(ops::Expansion& call) const {
  call.output(activate(call, call.input(), options_.activation));
}

Tensor activation(const Tensor& x, ActivationOptions options) {
  return std::make_shared<Activation>(std::move(options))->call(x);
}

}  // namespace nudge::layers
