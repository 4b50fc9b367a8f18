#include "nudge/layers/add.h"

#include <nlohmann/json.hpp>

#include "nudge/layers/config_reader.h"
#include "nudge/layers/merge.h"

namespace nudge::layers {

Add::Add(AddOptions options) : ClonableLayer(options.name, "Add"), options_(std::move(options)) {}

Json Add::config() const { return base_config(); }

LayerPtr Add::from_config(const Json& config) {
  const ConfigReader reader(config, "Add");
  return reader.make<Add>(AddOptions{.name = reader.name()});
}

std::vector<Shape> Add::output_shapes(const std::vector<Shape>& inputs) const {
  return {merged_shape(where(), inputs)};
}

Tensor add(const std::vector<Tensor>& inputs, AddOptions options) {
  return std::make_shared<Add>(std::move(options))->call(inputs);
}

}  // namespace nudge::layers
