#include "nudge/layers/spatial_dropout.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {
namespace {

std::string class_of(int dimensions) { return fmt::format("SpatialDropout{}D", dimensions); }

}  // namespace

SpatialDropout::SpatialDropout(int dimensions, SpatialDropoutOptions options)
    : ClonableLayer(options.name, class_of(dimensions)),
      dimensions_(dimensions),
      options_(std::move(options)) {
  if (!(options_.rate >= 0 && options_.rate <= 1)) {
    throw ValueError(fmt::format("{}rate must be within [0, 1], given {}", where(), options_.rate));
  }
}

std::string SpatialDropout::class_name() const { return class_of(dimensions_); }

Json SpatialDropout::config() const {
  // Keras's class takes no `trainable`.
  Json config{{"name", name()}};
  config["rate"] = options_.rate;
  config["seed"] = options_.seed ? Json(*options_.seed) : Json(nullptr);
  if (dimensions_ > 1) config["data_format"] = "channels_last";
  return config;
}

LayerPtr SpatialDropout::from_config(int dimensions, const Json& config) {
  const ConfigReader reader(config, class_of(dimensions));
  reader.require_channels_last();
  SpatialDropoutOptions options{.rate = reader.number("rate", 0.5), .name = reader.name()};
  if (reader.has("seed")) options.seed = reader.integer("seed");
  auto layer = std::make_shared<SpatialDropout>(dimensions, std::move(options));
  reader.finish(*layer);
  return layer;
}

std::vector<Shape> SpatialDropout::output_shapes(const std::vector<Shape>& inputs) const {
  return {single_input(inputs, static_cast<size_t>(dimensions_) + 2)};
}

void SpatialDropout::expand(ops::Expansion& call) const {
  Shape each_channel(call.shape(call.input()).size(), 1);
  each_channel[0] = kUnknown;
  each_channel.back() = kUnknown;
  call.output(call.add(
      ops::Dropout{.rate = options_.rate, .seed = options_.seed, .noise_shape = std::move(each_channel)},
      {call.input()}));
}

Tensor spatial_dropout1d(const Tensor& x, SpatialDropoutOptions options) {
  return std::make_shared<SpatialDropout>(1, std::move(options))->call(x);
}

Tensor spatial_dropout2d(const Tensor& x, SpatialDropoutOptions options) {
  return std::make_shared<SpatialDropout>(2, std::move(options))->call(x);
}

Tensor spatial_dropout3d(const Tensor& x, SpatialDropoutOptions options) {
  return std::make_shared<SpatialDropout>(3, std::move(options))->call(x);
}

}  // namespace nudge::layers
