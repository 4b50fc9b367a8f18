#include "nudge/layers/add.h"

#include <nlohmann/json.hpp>

#include "nudge/layers/config_reader.h"
#include "nudge/ops/broadcast.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Add::Add(AddOptions options) : ClonableLayer(options.name, "Add"), options_(std::move(options)) {}

Json Add::config() const { return base_config(); }

LayerPtr Add::from_config(const Json& config) {
  const ConfigReader reader(config, "Add");
  return reader.make<Add>(AddOptions{.name = reader.name()});
}

std::vector<Shape> Add::output_shapes(const std::vector<Shape>& inputs) const {
  return {ops::broadcast_shape(where(), inputs)};
}

void Add::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Combine{ops::Combination::kAdd}, call.inputs()));
}

Tensor add(const std::vector<Tensor>& inputs, AddOptions options) {
  return std::make_shared<Add>(std::move(options))->call(inputs);
}

}  // namespace nudge::layers
