#include "nudge/layers/multiply.h"

#include <nlohmann/json.hpp>

#include "nudge/layers/config_reader.h"
#include "nudge/ops/broadcast.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Multiply::Multiply(MultiplyOptions options)
    : ClonableLayer(options.name, "Multiply"), options_(std::move(options)) {}

Json Multiply::config() const { return base_config(); }

LayerPtr Multiply::from_config(const Json& config) {
  const ConfigReader reader(config, "Multiply");
  return reader.make<Multiply>(MultiplyOptions{.name = reader.name()});
}

std::vector<Shape> Multiply::output_shapes(const std::vector<Shape>& inputs) const {
  return {ops::broadcast_shape(where(), inputs)};
}

void Multiply::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Combine{ops::Combination::kMultiply}, call.inputs()));
}

Tensor multiply(const std::vector<Tensor>& inputs, MultiplyOptions options) {
  return std::make_shared<Multiply>(std::move(options))->call(inputs);
}

}  // namespace nudge::layers
