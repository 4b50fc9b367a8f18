#include "nudge/layers/group_normalization.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/standardize.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

GroupNormalization::GroupNormalization(GroupNormalizationOptions options)
    : ClonableLayer(options.name, "GroupNormalization"), options_(std::move(options)) {}

Json GroupNormalization::config() const {
  Json config = base_config();
  config["groups"] = options_.groups;
  config["axis"] = -1;
  config["epsilon"] = options_.epsilon;
  config["center"] = options_.center;
  config["scale"] = options_.scale;
  config["beta_initializer"] = options_.beta_initializer.to_json();
  config["gamma_initializer"] = options_.gamma_initializer.to_json();
  return config;
}

LayerPtr GroupNormalization::from_config(const Json& config) {
  const ConfigReader reader(config, "GroupNormalization");
  if (reader.axis("axis", -1) != -1) throw UnsupportedError(reader.where() + "only axis -1 is supported");
  const GroupNormalizationOptions defaults;
  return reader.make<GroupNormalization>(GroupNormalizationOptions{
      .groups = reader.integer("groups", defaults.groups),
      .epsilon = reader.number("epsilon", defaults.epsilon),
      .center = reader.boolean("center", defaults.center),
      .scale = reader.boolean("scale", defaults.scale),
      .beta_initializer = reader.initializer("beta_initializer", defaults.beta_initializer),
      .gamma_initializer = reader.initializer("gamma_initializer", defaults.gamma_initializer),
      .name = reader.name()});
}

std::vector<Shape> GroupNormalization::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs);
  const int64_t groups = options_.groups == -1 ? input.back() : options_.groups;
  if (input.size() < 2 || groups < 1 || input.back() % groups != 0) {
    throw ShapeError(where() + "its channels do not make equal groups, given shape " + to_string(input));
  }
  return {input};
}

void GroupNormalization::expand(ops::Expansion& call) const {
  const Shape shape = call.shape(call.input());
  const int64_t channels = shape.back(), pixels = element_count(Shape(shape.begin() + 1, shape.end() - 1));
  const int64_t groups = options_.groups == -1 ? channels : options_.groups;
  Arithmetic make(call);
  const ops::ValueId grouped = make.reshape(call.input(), {shape[0], pixels, groups, channels / groups});
  ops::ValueId y = make.reshape(standardized(call, grouped, {1, 3}, options_.epsilon), shape);
  if (options_.scale) y = make.multiply(y, call.weight("gamma"));
  if (options_.center) y = make.add(y, call.weight("beta"));
  call.output(y);
}

void GroupNormalization::build_weights(const std::vector<Shape>& inputs) {
  const Shape shape{inputs.front().back()};
  if (options_.scale) add_weight("gamma", shape, options_.gamma_initializer);
  if (options_.center) add_weight("beta", shape, options_.beta_initializer);
}

Tensor group_normalization(const Tensor& x, GroupNormalizationOptions options) {
  return std::make_shared<GroupNormalization>(std::move(options))->call(x);
}

}  // namespace nudge::layers
