#include "nudge/layers/custom_scale_layer.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

CustomScaleLayer::CustomScaleLayer(CustomScaleLayerOptions options)
    : StatelessLayer(options.name, "CustomScaleLayer"), options_(std::move(options)) {}

Json CustomScaleLayer::config() const {
  Json config = base_config();
  config["scale"] = options_.scale;
  return config;
}

LayerPtr CustomScaleLayer::from_config(const Json& config) {
  const ConfigReader reader(config, "CustomScaleLayer");
  return reader.make<CustomScaleLayer>(
      CustomScaleLayerOptions{.scale = reader.number("scale", 1.0), .name = reader.name()});
}

void CustomScaleLayer::expand(ops::Expansion& call) const {
  if (call.inputs().size() != 2) throw ShapeError(where() + "expected two inputs");
  Arithmetic make(call);
  const ops::ValueId scaled = make.affine(call.inputs()[1], options_.scale, 0.0, "scaled");
  call.output(make.add(call.inputs()[0], scaled));
}

Tensor custom_scale_layer(const std::vector<Tensor>& inputs, CustomScaleLayerOptions options) {
  return std::make_shared<CustomScaleLayer>(std::move(options))->call(inputs);
}

}  // namespace nudge::layers
