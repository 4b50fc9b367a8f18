#include "nudge/layers/batch_normalization.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/option_types.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

BatchNormalization::BatchNormalization(BatchNormalizationOptions options)
    : ClonableLayer(options.name, "BatchNormalization"), options_(std::move(options)) {
  if (!(options_.momentum >= 0 && options_.momentum <= 1)) {
    throw ValueError(fmt::format("{}momentum must be within [0, 1], given {}", where(), options_.momentum));
  }
  if (!(options_.epsilon > 0 && std::isfinite(options_.epsilon))) {
    throw ValueError(fmt::format("{}epsilon must be positive, given {}", where(), options_.epsilon));
  }
}

Json BatchNormalization::config() const {
  Json config = base_config();
  config["axis"] = options_.axis;
  config["momentum"] = options_.momentum;
  config["epsilon"] = options_.epsilon;
  config["center"] = options_.center;
  config["scale"] = options_.scale;
  config["beta_initializer"] = options_.beta_initializer.to_json();
  config["gamma_initializer"] = options_.gamma_initializer.to_json();
  config["moving_mean_initializer"] = options_.moving_mean_initializer.to_json();
  config["moving_variance_initializer"] = options_.moving_variance_initializer.to_json();
  return config;
}

LayerPtr BatchNormalization::from_config(const Json& config) {
  const ConfigReader reader(config, "BatchNormalization");
  if (reader.boolean("renorm", false)) {
    throw UnsupportedError(reader.where() + "renorm is not supported");
  }
  const BatchNormalizationOptions defaults;
  return reader.make<BatchNormalization>(BatchNormalizationOptions{
      .axis = reader.axis("axis", defaults.axis),
      .momentum = reader.number("momentum", defaults.momentum),
      .epsilon = reader.number("epsilon", defaults.epsilon),
      .center = reader.boolean("center", defaults.center),
      .scale = reader.boolean("scale", defaults.scale),
      .beta_initializer = reader.initializer("beta_initializer", defaults.beta_initializer),
      .gamma_initializer = reader.initializer("gamma_initializer", defaults.gamma_initializer),
      .moving_mean_initializer =
          reader.initializer("moving_mean_initializer", defaults.moving_mean_initializer),
      .moving_variance_initializer =
          reader.initializer("moving_variance_initializer", defaults.moving_variance_initializer),
      .name = reader.name()});
}

std::vector<Shape> BatchNormalization::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs);
  const size_t axis = ops::resolve_axis(where(), options_.axis, input);
  if (axis + 1 != input.size() || axis == 0) {
    throw UnsupportedError(fmt::format("{}axis {} is not the last dimension of shape {}; use axis -1",
                                       where(), options_.axis, to_string(input)));
  }
  if (input.back() < 1) {
    throw ShapeError(where() + "expected a definite number of channels, given shape " + to_string(input));
  }
  if (built() && weight("moving_mean").shape[0] != input.back()) {
    throw ShapeError(fmt::format("{}expected the {} channels it was built for, given shape {}", where(),
                                 weight("moving_mean").shape[0], to_string(input)));
  }
  return {input};
}

void BatchNormalization::expand(ops::Expansion& call) const {
  std::vector<ops::ValueId> inputs{call.input()};
  if (options_.scale) inputs.push_back(call.weight("gamma"));
  if (options_.center) inputs.push_back(call.weight("beta"));
  inputs.push_back(call.weight("moving_mean"));
  inputs.push_back(call.weight("moving_variance"));
  call.output(call.add(ops::Normalize{.epsilon = options_.epsilon,
                                      .momentum = options_.momentum,
                                      .scale = options_.scale,
                                      .center = options_.center},
                       std::move(inputs)));
}

void BatchNormalization::build_weights(const std::vector<Shape>& inputs) {
  const Shape channels = {inputs.front().back()};
  if (options_.scale) add_weight("gamma", channels, options_.gamma_initializer);
  if (options_.center) add_weight("beta", channels, options_.beta_initializer);
  add_weight("moving_mean", channels, options_.moving_mean_initializer, /*trainable=*/false);
  add_weight("moving_variance", channels, options_.moving_variance_initializer, /*trainable=*/false);
}

Tensor batch_normalization(const Tensor& x, BatchNormalizationOptions options) {
  return std::make_shared<BatchNormalization>(std::move(options))->call(x);
}

}  // namespace nudge::layers
