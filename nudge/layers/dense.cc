#include "nudge/layers/dense.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/option_types.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Dense::Dense(DenseOptions options) : ClonableLayer(options.name, "Dense"), options_(std::move(options)) {
  ops::check_positive(where(), "units", options_.units);
}

Json Dense::config() const {
  Json config = base_config();
  config["units"] = options_.units;
  config["activation"] = to_string(options_.activation);
  config["use_bias"] = options_.use_bias;
  config["kernel_initializer"] = options_.kernel_initializer.to_json();
  config["bias_initializer"] = options_.bias_initializer.to_json();
  return config;
}

LayerPtr Dense::from_config(const Json& config) {
  const ConfigReader reader(config, "Dense");
  const DenseOptions defaults;
  return reader.make<Dense>(DenseOptions{
      .units = reader.integer("units"),
      .activation = reader.activation(),
      .use_bias = reader.boolean("use_bias", defaults.use_bias),
      .kernel_initializer = reader.initializer("kernel_initializer", defaults.kernel_initializer),
      .bias_initializer = reader.initializer("bias_initializer", defaults.bias_initializer),
      .name = reader.name()});
}

std::vector<Shape> Dense::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs);
  if (input.size() < 2 || input.back() < 1) {
    throw ShapeError(where() + "expected (batch, ..., features) with definite features, given shape " +
                     to_string(input));
  }
  if (built() && weight("kernel").shape[0] != input.back()) {
    throw ShapeError(fmt::format("{}expected the {} features it was built for, given shape {}", where(),
                                 weight("kernel").shape[0], to_string(input)));
  }
  Shape output = input;
  output.back() = options_.units;
  return {output};
}

void Dense::expand(ops::Expansion& call) const {
  std::vector<ops::ValueId> inputs{call.input(), call.weight("kernel")};
  if (options_.use_bias) inputs.push_back(call.weight("bias"));
  const ops::ValueId product = call.add(ops::MatMul{}, std::move(inputs));
  call.output(activate(call, product, options_.activation));
}

void Dense::build_weights(const std::vector<Shape>& inputs) {
  add_weight("kernel", {inputs.front().back(), options_.units}, options_.kernel_initializer);
  if (options_.use_bias) add_weight("bias", {options_.units}, options_.bias_initializer);
}

Tensor dense(const Tensor& x, DenseOptions options) {
  return std::make_shared<Dense>(std::move(options))->call(x);
}

}  // namespace nudge::layers
