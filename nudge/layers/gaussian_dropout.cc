#include "nudge/layers/gaussian_dropout.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

GaussianDropout::GaussianDropout(GaussianDropoutOptions options)
    : ClonableLayer(options.name, "GaussianDropout"), options_(std::move(options)) {
  if (!(options_.rate >= 0 && options_.rate < 1)) {
    throw ValueError(fmt::format("{}rate must be within [0, 1), given {}", where(), options_.rate));
  }
}

Json GaussianDropout::config() const {
  Json config = base_config();
  config["rate"] = options_.rate;
  config["seed"] = options_.seed ? Json(*options_.seed) : Json(nullptr);
  return config;
}

LayerPtr GaussianDropout::from_config(const Json& config) {
  const ConfigReader reader(config, "GaussianDropout");
  GaussianDropoutOptions options{.rate = reader.number("rate", 0.5), .name = reader.name()};
  if (reader.has("seed")) options.seed = reader.integer("seed");
  return reader.make<GaussianDropout>(std::move(options));
}

std::vector<Shape> GaussianDropout::output_shapes(const std::vector<Shape>& inputs) const {
  return {single_input(inputs)};
}

void GaussianDropout::expand(ops::Expansion& call) const {
  call.output(
      call.add(ops::Dropout{options_.rate, options_.seed, ops::DropoutKind::kGaussian}, {call.input()}));
}

Tensor gaussian_dropout(const Tensor& x, GaussianDropoutOptions options) {
  return std::make_shared<GaussianDropout>(std::move(options))->call(x);
}

}  // namespace nudge::layers
