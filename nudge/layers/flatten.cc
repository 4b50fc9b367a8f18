#include "nudge/layers/flatten.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Flatten::Flatten(FlattenOptions options)
    : ClonableLayer(options.name, "Flatten"), options_(std::move(options)) {}

Json Flatten::config() const {
  Json config = base_config();
  config["data_format"] = "channels_last";
  return config;
}

LayerPtr Flatten::from_config(const Json& config) {
  const ConfigReader reader(config, "Flatten");
  reader.require_channels_last();
  return reader.make<Flatten>(FlattenOptions{.name = reader.name()});
}

std::vector<Shape> Flatten::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs);
  if (input.empty()) throw ShapeError(where() + "expected a batch dimension, given shape ()");
  return {{input[0], element_count(Shape(input.begin() + 1, input.end()))}};
}

void Flatten::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Reshape{output_shapes({call.shape(call.input())})[0]}, {call.input()}));
}

Tensor flatten(const Tensor& x, FlattenOptions options) {
  return std::make_shared<Flatten>(std::move(options))->call(x);
}

}  // namespace nudge::layers
