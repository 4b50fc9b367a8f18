#include "nudge/layers/depthwise_conv1d.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/sequence.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

DepthwiseConv1D::DepthwiseConv1D(DepthwiseConv1DOptions options)
    : ClonableLayer(options.name, "DepthwiseConv1D"), options_(std::move(options)) {
  ops::check_positive(where(), "kernel_size", options_.kernel_size);
  ops::check_positive(where(), "strides", options_.strides);
  ops::check_positive(where(), "depth_multiplier", options_.depth_multiplier);
  ops::check_positive(where(), "dilation_rate", options_.dilation_rate);
}

Json DepthwiseConv1D::config() const {
  Json config = base_config();
  config["kernel_size"] = Json::array({options_.kernel_size});
  config["strides"] = Json::array({options_.strides});
  config["padding"] = to_string(options_.padding);
  config["depth_multiplier"] = options_.depth_multiplier;
  config["data_format"] = "channels_last";
  config["dilation_rate"] = Json::array({options_.dilation_rate});
  config["activation"] = to_string(options_.activation);
  config["use_bias"] = options_.use_bias;
  config["depthwise_initializer"] = options_.depthwise_initializer.to_json();
  config["bias_initializer"] = options_.bias_initializer.to_json();
  return config;
}

LayerPtr DepthwiseConv1D::from_config(const Json& config) {
  const ConfigReader reader(config, "DepthwiseConv1D");
  reader.require_channels_last();
  return reader.make<DepthwiseConv1D>(
      DepthwiseConv1DOptions{.kernel_size = reader.length("kernel_size", 1),
                             .strides = reader.length("strides", 1),
                             .padding = reader.padding(),
                             .depth_multiplier = reader.integer("depth_multiplier", 1),
                             .dilation_rate = reader.length("dilation_rate", 1),
                             .activation = reader.activation(),
                             .use_bias = reader.boolean("use_bias", true),
                             .depthwise_initializer = reader.initializer("depthwise_initializer", {}),
                             .bias_initializer = reader.initializer("bias_initializer", Initializer::zeros()),
                             .name = reader.name()});
}

std::vector<Shape> DepthwiseConv1D::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& shape = single_input(inputs, 3);
  if (built() && weight("kernel").shape[1] != shape[2]) {
    throw ShapeError(where() + "was built for other channels than those of " + to_string(shape));
  }
  const int64_t channels = shape[2] * options_.depth_multiplier;
  const Shape image{shape[0], 1, shape[1], shape[2]};
  return {{shape[0], window().output_shape(where(), image, channels)[2], channels}};
}

void DepthwiseConv1D::expand(ops::Expansion& call) const {
  const ops::ValueId x = as_image(call, call.input(), where());
  std::vector<ops::ValueId> inputs{
      x, call.weight("kernel", {1, options_.kernel_size, call.shape(x)[3], options_.depth_multiplier})};
  if (options_.use_bias) inputs.push_back(call.weight("bias"));
  const ops::ValueId product = call.add(ops::DepthwiseConv2D{window()}, std::move(inputs));
  call.output(activate(call, as_sequence(call, product), options_.activation));
}

void DepthwiseConv1D::build_weights(const std::vector<Shape>& inputs) {
  const int64_t channels = inputs.front()[2];
  add_weight("kernel", {options_.kernel_size, channels, options_.depth_multiplier},
             options_.depthwise_initializer);
  if (options_.use_bias)
    add_weight("bias", {channels * options_.depth_multiplier}, options_.bias_initializer);
}

Tensor depthwise_conv1d(const Tensor& x, DepthwiseConv1DOptions options) {
  return std::make_shared<DepthwiseConv1D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
