#include "nudge/layers/average_pooling2d.h"

#include <nlohmann/json.hpp>

#include "nudge/ops/expansion.h"

namespace nudge::layers {

AveragePooling2D::AveragePooling2D(AveragePooling2DOptions options)
    : ClonableLayer(options.name, "AveragePooling2D"), options_(checked(where(), std::move(options))) {}

Json AveragePooling2D::config() const {
  Json config = base_config();
  write_config(config, options_);
  return config;
}

LayerPtr AveragePooling2D::from_config(const Json& config) {
  const ConfigReader reader(config, "AveragePooling2D");
  return reader.make<AveragePooling2D>(pooling2d_options(reader));
}

std::vector<Shape> AveragePooling2D::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs, 4);
  return {window().output_shape(where(), input, input[3])};
}

void AveragePooling2D::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Pool{ops::Reduction::kAverage, window()}, {call.input()}));
}

Tensor average_pooling2d(const Tensor& x, AveragePooling2DOptions options) {
  return std::make_shared<AveragePooling2D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
