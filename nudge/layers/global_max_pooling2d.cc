#include "nudge/layers/global_max_pooling2d.h"

#include <nlohmann/json.hpp>

#include "nudge/ops/expansion.h"

namespace nudge::layers {

GlobalMaxPooling2D::GlobalMaxPooling2D(GlobalMaxPooling2DOptions options)
    : ClonableLayer(options.name, "GlobalMaxPooling2D"), options_(std::move(options)) {}

Json GlobalMaxPooling2D::config() const {
  Json config = base_config();
  write_config(config, options_);
  return config;
}

LayerPtr GlobalMaxPooling2D::from_config(const Json& config) {
  const ConfigReader reader(config, "GlobalMaxPooling2D");
  return reader.make<GlobalMaxPooling2D>(global_pooling2d_options(reader));
}

std::vector<Shape> GlobalMaxPooling2D::output_shapes(const std::vector<Shape>& inputs) const {
  return {global_pooling2d_shape(where(), single_input(inputs, 4), options_.keepdims)};
}

void GlobalMaxPooling2D::expand(ops::Expansion& call) const {
  call.output(
      call.add(ops::Reduce{.of = ops::Reduction::kMax, .keepdims = options_.keepdims}, {call.input()}));
}

Tensor global_max_pooling2d(const Tensor& x, GlobalMaxPooling2DOptions options) {
  return std::make_shared<GlobalMaxPooling2D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
