#include "nudge/layers/stochastic_depth.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

StochasticDepth::StochasticDepth(StochasticDepthOptions options)
    : ClonableLayer(options.name, "StochasticDepth"), options_(std::move(options)) {
  if (!(options_.drop_path_rate >= 0 && options_.drop_path_rate < 1)) {
    throw ValueError(
        fmt::format("{}drop_path_rate must be within [0, 1), given {}", where(), options_.drop_path_rate));
  }
}

Json StochasticDepth::config() const {
  Json config = base_config();
  config["drop_path_rate"] = options_.drop_path_rate;
  return config;
}

LayerPtr StochasticDepth::from_config(const Json& config) {
  const ConfigReader reader(config, "StochasticDepth");
  StochasticDepthOptions options{.drop_path_rate = reader.number("drop_path_rate", 0.0),
                                 .name = reader.name()};
  return reader.make<StochasticDepth>(std::move(options));
}

std::vector<Shape> StochasticDepth::output_shapes(const std::vector<Shape>& inputs) const {
  return {single_input(inputs)};
}

void StochasticDepth::expand(ops::Expansion& call) const {
  Shape each_image(call.shape(call.input()).size(), 1);
  each_image[0] = kUnknown;
  call.output(call.add(ops::Dropout{.rate = options_.drop_path_rate, .noise_shape = std::move(each_image)},
                       {call.input()}));
}

Tensor stochastic_depth(const Tensor& x, StochasticDepthOptions options) {
  return std::make_shared<StochasticDepth>(std::move(options))->call(x);
}

}  // namespace nudge::layers
