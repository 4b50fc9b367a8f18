#include "nudge/layers/depthwise_conv2d.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

DepthwiseConv2D::DepthwiseConv2D(DepthwiseConv2DOptions options)
    : ClonableLayer(options.name, "DepthwiseConv2D"), options_(std::move(options)) {
  ops::check_positive(where(), "kernel_size", options_.kernel_size);
  ops::check_positive(where(), "strides", options_.strides);
  ops::check_positive(where(), "dilation_rate", options_.dilation_rate);
  ops::check_positive(where(), "depth_multiplier", options_.depth_multiplier);
  if (options_.strides != Size2(1) && options_.dilation_rate != Size2(1)) {
    throw ValueError(where() + "strides and dilation_rate cannot both be above 1");
  }
}

Window DepthwiseConv2D::window() const {
  return {options_.kernel_size, options_.strides, options_.dilation_rate, options_.padding};
}

Json DepthwiseConv2D::config() const {
  Json config = base_config();
  config["kernel_size"] = to_json(options_.kernel_size);
  config["strides"] = to_json(options_.strides);
  config["padding"] = to_string(options_.padding);
  config["depth_multiplier"] = options_.depth_multiplier;
  config["data_format"] = "channels_last";
  config["dilation_rate"] = to_json(options_.dilation_rate);
  config["activation"] = to_string(options_.activation);
  config["use_bias"] = options_.use_bias;
  config["depthwise_initializer"] = options_.depthwise_initializer.to_json();
  config["bias_initializer"] = options_.bias_initializer.to_json();
  return config;
}

LayerPtr DepthwiseConv2D::from_config(const Json& config) {
  const ConfigReader reader(config, "DepthwiseConv2D");
  reader.require_channels_last();
  const DepthwiseConv2DOptions defaults;
  return reader.make<DepthwiseConv2D>(DepthwiseConv2DOptions{
      .kernel_size = reader.size("kernel_size", defaults.kernel_size),
      .strides = reader.size("strides", defaults.strides),
      .padding = reader.padding(),
      .depth_multiplier = reader.integer("depth_multiplier", defaults.depth_multiplier),
      .dilation_rate = reader.size("dilation_rate", defaults.dilation_rate),
      .activation = reader.activation(),
      .use_bias = reader.boolean("use_bias", defaults.use_bias),
      .depthwise_initializer = reader.initializer("depthwise_initializer", defaults.depthwise_initializer),
      .bias_initializer = reader.initializer("bias_initializer", defaults.bias_initializer),
      .name = reader.name()});
}

std::vector<Shape> DepthwiseConv2D::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs, 4);
  const Shape output = window().output_shape(where(), input, input[3] * options_.depth_multiplier);
  if (built() && weight("depthwise_kernel").shape[2] != input[3]) {
    throw ShapeError(fmt::format("{}expected the {} channels it was built for, given shape {}", where(),
                                 weight("depthwise_kernel").shape[2], to_string(input)));
  }
  return {output};
}

void DepthwiseConv2D::expand(ops::Expansion& call) const {
  std::vector<ops::ValueId> inputs{call.input(), call.weight("depthwise_kernel")};
  if (options_.use_bias) inputs.push_back(call.weight("bias"));
  const ops::ValueId product = call.add(ops::DepthwiseConv2D{window()}, std::move(inputs));
  call.output(activate(call, product, options_.activation));
}

void DepthwiseConv2D::build_weights(const std::vector<Shape>& inputs) {
  const int64_t channels = inputs.front()[3];
  add_weight("depthwise_kernel",
             {options_.kernel_size.height, options_.kernel_size.width, channels, options_.depth_multiplier},
             options_.depthwise_initializer);
  if (options_.use_bias) {
    add_weight("bias", {channels * options_.depth_multiplier}, options_.bias_initializer);
  }
}

Tensor depthwise_conv2d(const Tensor& x, DepthwiseConv2DOptions options) {
  return std::make_shared<DepthwiseConv2D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
