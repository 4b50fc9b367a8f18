#include "nudge/layers/relu.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

ReLU::ReLU(ReLUOptions options) : ClonableLayer(options.name, "ReLU"), options_(std::move(options)) {
  const auto check = [this](const char* what, double value) {
    if (!(value >= 0))
      throw ValueError(fmt::format("{}{} must not be negative, given {}", where(), what, value));
  };
  check("max_value", options_.max_value.value_or(0.0));
  check("negative_slope", options_.negative_slope);
  check("threshold", options_.threshold);
}

Json ReLU::config() const {
  Json config = base_config();
  config["max_value"] = options_.max_value ? Json(*options_.max_value) : Json(nullptr);
  config["negative_slope"] = options_.negative_slope;
  config["threshold"] = options_.threshold;
  return config;
}

LayerPtr ReLU::from_config(const Json& config) {
  const ConfigReader reader(config, "ReLU");
  const ReLUOptions defaults;
  return reader.make<ReLU>(
      ReLUOptions{.max_value = reader.number("max_value"),
                  .negative_slope = reader.number("negative_slope", defaults.negative_slope),
                  .threshold = reader.number("threshold", defaults.threshold),
                  .name = reader.name()});
}

std::vector<Shape> ReLU::output_shapes(const std::vector<Shape>& inputs) const {
  return {single_input(inputs)};
}

void ReLU::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Activate{{.function = ops::Function::kRelu,
                                      .negative_slope = options_.negative_slope,
                                      .threshold = options_.threshold,
                                      .max_value = options_.max_value}},
                       {call.input()}));
}

Tensor relu(const Tensor& x, ReLUOptions options) {
  return std::make_shared<ReLU>(std::move(options))->call(x);
}

}  // namespace nudge::layers
