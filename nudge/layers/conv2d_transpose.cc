#include "nudge/layers/conv2d_transpose.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"
#include "nudge/ops/shape_rules.h"

namespace nudge::layers {

Conv2DTranspose::Conv2DTranspose(Conv2DTransposeOptions options)
    : ClonableLayer(options.name, "Conv2DTranspose"), options_(std::move(options)) {
  ops::check_positive(where(), "filters", options_.filters);
  ops::check_positive(where(), "kernel_size", options_.kernel_size);
  ops::check_positive(where(), "strides", options_.strides);
}

Json Conv2DTranspose::config() const {
  Json config = base_config();
  config["filters"] = options_.filters;
  config["kernel_size"] = to_json(options_.kernel_size);
  config["strides"] = to_json(options_.strides);
  config["padding"] = to_string(options_.padding);
  config["output_padding"] = nullptr;
  config["data_format"] = "channels_last";
  config["dilation_rate"] = Json::array({1, 1});
  config["activation"] = to_string(options_.activation);
  config["use_bias"] = options_.use_bias;
  config["kernel_initializer"] = options_.kernel_initializer.to_json();
  config["bias_initializer"] = options_.bias_initializer.to_json();
  return config;
}

LayerPtr Conv2DTranspose::from_config(const Json& config) {
  const ConfigReader reader(config, "Conv2DTranspose");
  reader.require_channels_last();
  if (reader.has("output_padding") || reader.size("dilation_rate", 1) != Size2(1)) {
    throw UnsupportedError(reader.where() + "output_padding and dilation_rate are not supported");
  }
  return reader.make<Conv2DTranspose>(
      Conv2DTransposeOptions{.filters = reader.integer("filters"),
                             .kernel_size = reader.size("kernel_size", 1),
                             .strides = reader.size("strides", 1),
                             .padding = reader.padding(),
                             .activation = reader.activation(),
                             .use_bias = reader.boolean("use_bias", true),
                             .kernel_initializer = reader.initializer("kernel_initializer", {}),
                             .bias_initializer = reader.initializer("bias_initializer", Initializer::zeros()),
                             .name = reader.name()});
}

std::vector<Shape> Conv2DTranspose::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs, 4);
  ops::check_definite(where(), input);
  if (built() && weight("kernel").shape[3] != input[3]) {
    throw ShapeError(where() + "was built for other channels than those of " + to_string(input));
  }
  const Shape kernel{options_.kernel_size.height, options_.kernel_size.width, options_.filters, input[3]};
  return {ops::output_shape(
      ops::ConvTranspose2D{
          {.size = options_.kernel_size, .strides = options_.strides, .padding = options_.padding}},
      {input, kernel}, where())};
}

void Conv2DTranspose::expand(ops::Expansion& call) const {
  std::vector<ops::ValueId> inputs{call.input(), call.weight("kernel")};
  if (options_.use_bias) inputs.push_back(call.weight("bias"));
  const ops::ValueId product = call.add(
      ops::ConvTranspose2D{
          {.size = options_.kernel_size, .strides = options_.strides, .padding = options_.padding}},
      std::move(inputs));
  call.output(activate(call, product, options_.activation));
}

void Conv2DTranspose::build_weights(const std::vector<Shape>& inputs) {
  add_weight("kernel",
             {options_.kernel_size.height, options_.kernel_size.width, options_.filters, inputs.front()[3]},
             options_.kernel_initializer);
  if (options_.use_bias) add_weight("bias", {options_.filters}, options_.bias_initializer);
}

Tensor conv2d_transpose(const Tensor& x, Conv2DTransposeOptions options) {
  return std::make_shared<Conv2DTranspose>(std::move(options))->call(x);
}

}  // namespace nudge::layers
