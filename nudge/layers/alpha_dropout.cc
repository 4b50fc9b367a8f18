#include "nudge/layers/alpha_dropout.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

AlphaDropout::AlphaDropout(AlphaDropoutOptions options)
    : ClonableLayer(options.name, "AlphaDropout"), options_(std::move(options)) {
  if (!(options_.rate >= 0 && options_.rate < 1)) {
    throw ValueError(fmt::format("{}rate must be within [0, 1), given {}", where(), options_.rate));
  }
  check_noise_shape(where(), options_.noise_shape);
}

Json AlphaDropout::config() const {
  Json config = base_config();
  config["rate"] = options_.rate;
  config["seed"] = options_.seed ? Json(*options_.seed) : Json(nullptr);
  config["noise_shape"] = noise_shape_json(options_.noise_shape);
  return config;
}

LayerPtr AlphaDropout::from_config(const Json& config) {
  const ConfigReader reader(config, "AlphaDropout");
  AlphaDropoutOptions options{.rate = reader.number("rate", 0.5),
                              .noise_shape = read_noise_shape(reader, config),
                              .name = reader.name()};
  if (reader.has("seed")) options.seed = reader.integer("seed");
  return reader.make<AlphaDropout>(std::move(options));
}

std::vector<Shape> AlphaDropout::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs);
  check_noise_fits(where(), options_.noise_shape, input);
  return {input};
}

void AlphaDropout::expand(ops::Expansion& call) const {
  call.output(
      call.add(ops::Dropout{options_.rate, options_.seed, ops::DropoutKind::kAlpha, options_.noise_shape},
               {call.input()}));
}

Tensor alpha_dropout(const Tensor& x, AlphaDropoutOptions options) {
  return std::make_shared<AlphaDropout>(std::move(options))->call(x);
}

}  // namespace nudge::layers
