#include "nudge/layers/maximum.h"

#include <nlohmann/json.hpp>

#include "nudge/layers/config_reader.h"
#include "nudge/ops/broadcast.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Maximum::Maximum(MaximumOptions options)
    : ClonableLayer(options.name, "Maximum"), options_(std::move(options)) {}

Json Maximum::config() const { return base_config(); }

LayerPtr Maximum::from_config(const Json& config) {
  const ConfigReader reader(config, "Maximum");
  return reader.make<Maximum>(MaximumOptions{.name = reader.name()});
}

std::vector<Shape> Maximum::output_shapes(const std::vector<Shape>& inputs) const {
  return {ops::broadcast_shape(where(), inputs)};
}

void Maximum::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Combine{ops::Combination::kMaximum}, call.inputs()));
}

Tensor maximum(const std::vector<Tensor>& inputs, MaximumOptions options) {
  return std::make_shared<Maximum>(std::move(options))->call(inputs);
}

}  // namespace nudge::layers
