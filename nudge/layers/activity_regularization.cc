#include "nudge/layers/activity_regularization.h"

#include <nlohmann/json.hpp>

#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

ActivityRegularization::ActivityRegularization(ActivityRegularizationOptions options)
    : ClonableLayer(options.name, "ActivityRegularization"), options_(std::move(options)) {
  set_regularizer("activity", Regularizer::of_l1_l2(options_.l1, options_.l2));
}

Json ActivityRegularization::config() const {
  Json config = base_config();
  config.erase("activity_regularizer");  // Keras makes it of these
  config["l1"] = options_.l1;
  config["l2"] = options_.l2;
  return config;
}

LayerPtr ActivityRegularization::from_config(const Json& config) {
  const ConfigReader reader(config, "ActivityRegularization");
  return reader.make<ActivityRegularization>(ActivityRegularizationOptions{
      .l1 = reader.number("l1", 0.0), .l2 = reader.number("l2", 0.0), .name = reader.name()});
}

std::vector<Shape> ActivityRegularization::output_shapes(const std::vector<Shape>& inputs) const {
  return {single_input(inputs)};
}

void ActivityRegularization::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Identity{}, {call.input()}));
}

Tensor activity_regularization(const Tensor& x, ActivityRegularizationOptions options) {
  return std::make_shared<ActivityRegularization>(std::move(options))->call(x);
}

}  // namespace nudge::layers
