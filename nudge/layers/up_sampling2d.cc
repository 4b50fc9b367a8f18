#include "nudge/layers/up_sampling2d.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/option_types.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

UpSampling2D::UpSampling2D(UpSampling2DOptions options)
    : ClonableLayer(options.name, "UpSampling2D"), options_(std::move(options)) {
  ops::check_positive(where(), "size", options_.size);
}

Json UpSampling2D::config() const {
  Json config = base_config();
  config["size"] = to_json(options_.size);
  config["data_format"] = "channels_last";
  config["interpolation"] = to_string(options_.interpolation);
  return config;
}

LayerPtr UpSampling2D::from_config(const Json& config) {
  const ConfigReader reader(config, "UpSampling2D");
  reader.require_channels_last();
  return reader.make<UpSampling2D>(UpSampling2DOptions{.size = reader.size("size", 2),
                                                       .interpolation = reader.interpolation("nearest"),
                                                       .name = reader.name()});
}

std::vector<Shape> UpSampling2D::output_shapes(const std::vector<Shape>& inputs) const {
  Shape shape = single_input(inputs, 4);
  ops::check_definite(where(), shape);
  shape[1] *= options_.size.height;
  shape[2] *= options_.size.width;
  return {shape};
}

void UpSampling2D::expand(ops::Expansion& call) const {
  const Shape& image = call.shape(call.input());
  const ops::Size2 size{image[1] * options_.size.height, image[2] * options_.size.width};
  call.output(call.add(ops::Resize{size, options_.interpolation}, {call.input()}));
}

Tensor up_sampling2d(const Tensor& x, UpSampling2DOptions options) {
  return std::make_shared<UpSampling2D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
