#include "nudge/layers/separable_conv2d.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

SeparableConv2D::SeparableConv2D(SeparableConv2DOptions options)
    : ClonableLayer(options.name, "SeparableConv2D"), options_(std::move(options)) {
  ops::check_positive(where(), "filters", options_.filters);
  ops::check_positive(where(), "kernel_size", options_.kernel_size);
  ops::check_positive(where(), "strides", options_.strides);
  ops::check_positive(where(), "depth_multiplier", options_.depth_multiplier);
  ops::check_positive(where(), "dilation_rate", options_.dilation_rate);
}

Json SeparableConv2D::config() const {
  Json config = base_config();
  config["filters"] = options_.filters;
  config["kernel_size"] = to_json(options_.kernel_size);
  config["strides"] = to_json(options_.strides);
  config["padding"] = to_string(options_.padding);
  config["data_format"] = "channels_last";
  config["dilation_rate"] = to_json(options_.dilation_rate);
  config["depth_multiplier"] = options_.depth_multiplier;
  config["activation"] = to_string(options_.activation);
  config["use_bias"] = options_.use_bias;
  config["depthwise_initializer"] = options_.depthwise_initializer.to_json();
  config["pointwise_initializer"] = options_.pointwise_initializer.to_json();
  config["bias_initializer"] = options_.bias_initializer.to_json();
  return config;
}

LayerPtr SeparableConv2D::from_config(const Json& config) {
  const ConfigReader reader(config, "SeparableConv2D");
  reader.require_channels_last();
  return reader.make<SeparableConv2D>(
      SeparableConv2DOptions{.filters = reader.integer("filters"),
                             .kernel_size = reader.size("kernel_size", 1),
                             .strides = reader.size("strides", 1),
                             .padding = reader.padding(),
                             .dilation_rate = reader.size("dilation_rate", 1),
                             .depth_multiplier = reader.integer("depth_multiplier", 1),
                             .activation = reader.activation(),
                             .use_bias = reader.boolean("use_bias", true),
                             .depthwise_initializer = reader.initializer("depthwise_initializer", {}),
                             .pointwise_initializer = reader.initializer("pointwise_initializer", {}),
                             .bias_initializer = reader.initializer("bias_initializer", Initializer::zeros()),
                             .name = reader.name()});
}

std::vector<Shape> SeparableConv2D::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs, 4);
  if (built() && weight("depthwise_kernel").shape[2] != input[3]) {
    throw ShapeError(where() + "was built for other channels than those of " + to_string(input));
  }
  return {window().output_shape(where(), input, options_.filters)};
}

void SeparableConv2D::expand(ops::Expansion& call) const {
  const ops::ValueId depthwise =
      call.add(ops::DepthwiseConv2D{window()}, {call.input(), call.weight("depthwise_kernel")}, "depthwise");
  std::vector<ops::ValueId> inputs{depthwise, call.weight("pointwise_kernel")};
  if (options_.use_bias) inputs.push_back(call.weight("bias"));
  call.output(activate(call, call.add(ops::Conv2D{}, std::move(inputs)), options_.activation));
}

void SeparableConv2D::build_weights(const std::vector<Shape>& inputs) {
  const int64_t channels = inputs.front()[3];
  add_weight("depthwise_kernel",
             {options_.kernel_size.height, options_.kernel_size.width, channels, options_.depth_multiplier},
             options_.depthwise_initializer);
  add_weight("pointwise_kernel", {1, 1, channels * options_.depth_multiplier, options_.filters},
             options_.pointwise_initializer);
  if (options_.use_bias) add_weight("bias", {options_.filters}, options_.bias_initializer);
}

Tensor separable_conv2d(const Tensor& x, SeparableConv2DOptions options) {
  return std::make_shared<SeparableConv2D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
