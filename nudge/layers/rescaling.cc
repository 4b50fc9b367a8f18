#include "nudge/layers/rescaling.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Rescaling::Rescaling(RescalingOptions options)
    : ClonableLayer(options.name, "Rescaling"), options_(std::move(options)) {
  if (!std::isfinite(options_.scale) || !std::isfinite(options_.offset)) {
    throw ValueError(where() + "scale and offset must be finite");
  }
}

Json Rescaling::config() const {
  Json config = base_config();
  config["scale"] = options_.scale;
  config["offset"] = options_.offset;
  return config;
}

LayerPtr Rescaling::from_config(const Json& config) {
  const ConfigReader reader(config, "Rescaling");
  return reader.make<Rescaling>(RescalingOptions{
      .scale = reader.number("scale", 1.0), .offset = reader.number("offset", 0.0), .name = reader.name()});
}

std::vector<Shape> Rescaling::output_shapes(const std::vector<Shape>& inputs) const {
  return {single_input(inputs)};
}

void Rescaling::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Rescale{options_.scale, options_.offset}, {call.input()}));
}

Tensor rescaling(const Tensor& x, RescalingOptions options) {
  return std::make_shared<Rescaling>(std::move(options))->call(x);
}

}  // namespace nudge::layers
