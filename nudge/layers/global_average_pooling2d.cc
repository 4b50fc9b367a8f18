#include "nudge/layers/global_average_pooling2d.h"

#include <nlohmann/json.hpp>

#include "nudge/ops/expansion.h"

namespace nudge::layers {

GlobalAveragePooling2D::GlobalAveragePooling2D(GlobalAveragePooling2DOptions options)
    : ClonableLayer(options.name, "GlobalAveragePooling2D"), options_(std::move(options)) {}

Json GlobalAveragePooling2D::config() const {
  Json config = base_config();
  write_config(config, options_);
  return config;
}

LayerPtr GlobalAveragePooling2D::from_config(const Json& config) {
  const ConfigReader reader(config, "GlobalAveragePooling2D");
  return reader.make<GlobalAveragePooling2D>(global_pooling2d_options(reader));
}

std::vector<Shape> GlobalAveragePooling2D::output_shapes(const std::vector<Shape>& inputs) const {
  return {global_pooling2d_shape(where(), single_input(inputs, 4), options_.keepdims)};
}

void GlobalAveragePooling2D::expand(ops::Expansion& call) const {
  call.output(
      call.add(ops::Reduce{.of = ops::Reduction::kAverage, .keepdims = options_.keepdims}, {call.input()}));
}

Tensor global_average_pooling2d(const Tensor& x, GlobalAveragePooling2DOptions options) {
  return std::make_shared<GlobalAveragePooling2D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
