#include "nudge/layers/gaussian_noise.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

GaussianNoise::GaussianNoise(GaussianNoiseOptions options)
    : ClonableLayer(options.name, "GaussianNoise"), options_(std::move(options)) {
  if (!(options_.stddev >= 0 && options_.stddev <= 1)) {
    throw ValueError(fmt::format("{}stddev must be within [0, 1], given {}", where(), options_.stddev));
  }
}

Json GaussianNoise::config() const {
  Json config = base_config();
  config["stddev"] = options_.stddev;
  config["seed"] = options_.seed ? Json(*options_.seed) : Json(nullptr);
  return config;
}

LayerPtr GaussianNoise::from_config(const Json& config) {
  const ConfigReader reader(config, "GaussianNoise");
  GaussianNoiseOptions options{.stddev = reader.number("stddev", 1.0), .name = reader.name()};
  if (reader.has("seed")) options.seed = reader.integer("seed");
  return reader.make<GaussianNoise>(std::move(options));
}

std::vector<Shape> GaussianNoise::output_shapes(const std::vector<Shape>& inputs) const {
  return {single_input(inputs)};
}

void GaussianNoise::expand(ops::Expansion& call) const {
  call.output(call.add(ops::GaussianNoise{options_.stddev, options_.seed}, {call.input()}));
}

Tensor gaussian_noise(const Tensor& x, GaussianNoiseOptions options) {
  return std::make_shared<GaussianNoise>(std::move(options))->call(x);
}

}  // namespace nudge::layers
