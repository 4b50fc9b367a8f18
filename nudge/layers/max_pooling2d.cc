#include "nudge/layers/max_pooling2d.h"

#include <nlohmann/json.hpp>

#include "nudge/ops/expansion.h"

namespace nudge::layers {

MaxPooling2D::MaxPooling2D(MaxPooling2DOptions options)
    : ClonableLayer(options.name, "MaxPooling2D"), options_(checked(where(), std::move(options))) {}

Json MaxPooling2D::config() const {
  Json config = base_config();
  write_config(config, options_);
  return config;
}

LayerPtr MaxPooling2D::from_config(const Json& config) {
  const ConfigReader reader(config, "MaxPooling2D");
  return reader.make<MaxPooling2D>(pooling2d_options(reader));
}

std::vector<Shape> MaxPooling2D::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs, 4);
  return {window().output_shape(where(), input, input[3])};
}

void MaxPooling2D::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Pool{ops::Reduction::kMax, window()}, {call.input()}));
}

Tensor max_pooling2d(const Tensor& x, MaxPooling2DOptions options) {
  return std::make_shared<MaxPooling2D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
