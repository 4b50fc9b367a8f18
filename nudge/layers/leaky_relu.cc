#include "nudge/layers/leaky_relu.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

LeakyReLU::LeakyReLU(LeakyReLUOptions options)
    : ClonableLayer(options.name, "LeakyReLU"), options_(std::move(options)) {
  if (!(options_.negative_slope >= 0)) {
    throw ValueError(
        fmt::format("{}negative_slope must not be negative, given {}", where(), options_.negative_slope));
  }
}

Json LeakyReLU::config() const {
  Json config = base_config();
  config["negative_slope"] = options_.negative_slope;
  return config;
}

LayerPtr LeakyReLU::from_config(const Json& config) {
  const ConfigReader reader(config, "LeakyReLU");
  return reader.make<LeakyReLU>(LeakyReLUOptions{
      .negative_slope = reader.number("negative_slope", reader.number("alpha", 0.3)), .name = reader.name()});
}

std::vector<Shape> LeakyReLU::output_shapes(const std::vector<Shape>& inputs) const {
  return {single_input(inputs)};
}

void LeakyReLU::expand(ops::Expansion& call) const {
  call.output(
      call.add(ops::Activate{{.function = ops::Function::kRelu, .negative_slope = options_.negative_slope}},
               {call.input()}));
}

Tensor leaky_relu(const Tensor& x, LeakyReLUOptions options) {
  return std::make_shared<LeakyReLU>(std::move(options))->call(x);
}

}  // namespace nudge::layers
