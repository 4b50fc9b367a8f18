#include "nudge/layers/conv3d.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"
#include "nudge/ops/shape_rules.h"

namespace nudge::layers {

Conv3D::Conv3D(Conv3DOptions options) : ClonableLayer(options.name, "Conv3D"), options_(std::move(options)) {
  ops::check_positive(where(), "filters", options_.filters);
  for (size_t i = 0; i < 3; ++i) {
    ops::check_positive(where(), "kernel_size", options_.kernel_size[i]);
    ops::check_positive(where(), "strides", options_.strides[i]);
    ops::check_positive(where(), "dilation_rate", options_.dilation_rate[i]);
  }
}

Json Conv3D::config() const {
  Json config = base_config();
  config["filters"] = options_.filters;
  config["kernel_size"] = options_.kernel_size;
  config["strides"] = options_.strides;
  config["padding"] = to_string(options_.padding);
  config["data_format"] = "channels_last";
  config["dilation_rate"] = options_.dilation_rate;
  config["groups"] = 1;
  config["activation"] = to_string(options_.activation);
  config["use_bias"] = options_.use_bias;
  config["kernel_initializer"] = options_.kernel_initializer.to_json();
  config["bias_initializer"] = options_.bias_initializer.to_json();
  return config;
}

LayerPtr Conv3D::from_config(const Json& config) {
  const ConfigReader reader(config, "Conv3D");
  reader.require_channels_last();
  if (reader.integer("groups", 1) != 1) throw UnsupportedError(reader.where() + "groups are not supported");
  return reader.make<Conv3D>(
      Conv3DOptions{.filters = reader.integer("filters"),
                    .kernel_size = reader.size3("kernel_size", {1, 1, 1}),
                    .strides = reader.size3("strides", {1, 1, 1}),
                    .padding = reader.padding(),
                    .dilation_rate = reader.size3("dilation_rate", {1, 1, 1}),
                    .activation = reader.activation(),
                    .use_bias = reader.boolean("use_bias", true),
                    .kernel_initializer = reader.initializer("kernel_initializer", {}),
                    .bias_initializer = reader.initializer("bias_initializer", Initializer::zeros()),
                    .name = reader.name()});
}

std::vector<Shape> Conv3D::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs, 5);
  ops::check_definite(where(), input);
  const Shape kernel = kernel_shape(input[4]);
  if (built() && weight("kernel").shape != kernel) {
    throw ShapeError(where() + "was built for other channels than those of " + to_string(input));
  }
  return {ops::output_shape(ops::Conv3D{options_.strides, options_.dilation_rate, options_.padding},
                            {input, kernel}, where())};
}

void Conv3D::expand(ops::Expansion& call) const {
  std::vector<ops::ValueId> inputs{call.input(), call.weight("kernel")};
  if (options_.use_bias) inputs.push_back(call.weight("bias"));
  const ops::ValueId product =
      call.add(ops::Conv3D{options_.strides, options_.dilation_rate, options_.padding}, std::move(inputs));
  call.output(activate(call, product, options_.activation));
}

void Conv3D::build_weights(const std::vector<Shape>& inputs) {
  add_weight("kernel", kernel_shape(inputs.front()[4]), options_.kernel_initializer);
  if (options_.use_bias) add_weight("bias", {options_.filters}, options_.bias_initializer);
}

Tensor conv3d(const Tensor& x, Conv3DOptions options) {
  return std::make_shared<Conv3D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
