#include "nudge/layers/separable_conv1d.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/sequence.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

SeparableConv1D::SeparableConv1D(SeparableConv1DOptions options)
    : ClonableLayer(options.name, "SeparableConv1D"), options_(std::move(options)) {
  ops::check_positive(where(), "filters", options_.filters);
  ops::check_positive(where(), "kernel_size", options_.kernel_size);
  ops::check_positive(where(), "strides", options_.strides);
  ops::check_positive(where(), "depth_multiplier", options_.depth_multiplier);
  ops::check_positive(where(), "dilation_rate", options_.dilation_rate);
}

Json SeparableConv1D::config() const {
  Json config = base_config();
  config["filters"] = options_.filters;
  config["kernel_size"] = Json::array({options_.kernel_size});
  config["strides"] = Json::array({options_.strides});
  config["padding"] = options_.causal ? "causal" : to_string(options_.padding);
  config["data_format"] = "channels_last";
  config["dilation_rate"] = Json::array({options_.dilation_rate});
  config["depth_multiplier"] = options_.depth_multiplier;
  config["activation"] = to_string(options_.activation);
  config["use_bias"] = options_.use_bias;
  config["depthwise_initializer"] = options_.depthwise_initializer.to_json();
  config["pointwise_initializer"] = options_.pointwise_initializer.to_json();
  config["bias_initializer"] = options_.bias_initializer.to_json();
  return config;
}

LayerPtr SeparableConv1D::from_config(const Json& config) {
  const ConfigReader reader(config, "SeparableConv1D");
  reader.require_channels_last();
  const bool causal = reader.text("padding", "valid") == "causal";
  return reader.make<SeparableConv1D>(
      SeparableConv1DOptions{.filters = reader.integer("filters"),
                             .kernel_size = reader.length("kernel_size", 1),
                             .strides = reader.length("strides", 1),
                             .padding = causal ? Padding::kValid : reader.padding(),
                             .causal = causal,
                             .dilation_rate = reader.length("dilation_rate", 1),
                             .depth_multiplier = reader.integer("depth_multiplier", 1),
                             .activation = reader.activation(),
                             .use_bias = reader.boolean("use_bias", true),
                             .depthwise_initializer = reader.initializer("depthwise_initializer", {}),
                             .pointwise_initializer = reader.initializer("pointwise_initializer", {}),
                             .bias_initializer = reader.initializer("bias_initializer", Initializer::zeros()),
                             .name = reader.name()});
}

std::vector<Shape> SeparableConv1D::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& shape = single_input(inputs, 3);
  if (built() && weight("depthwise_kernel").shape[1] != shape[2]) {
    throw ShapeError(where() + "was built for other channels than those of " + to_string(shape));
  }
  Shape image{shape[0], 1, shape[1], shape[2]};
  if (options_.causal) image[2] += (options_.kernel_size - 1) * options_.dilation_rate;
  return {{shape[0], window().output_shape(where(), image, options_.filters)[2], options_.filters}};
}

void SeparableConv1D::expand(ops::Expansion& call) const {
  ops::ValueId x = as_image(call, call.input(), where());
  if (options_.causal) {
    x = call.add(ops::Pad{.left = (options_.kernel_size - 1) * options_.dilation_rate}, {x});
  }
  const int64_t channels = call.shape(x)[3], between = channels * options_.depth_multiplier;
  const ops::ValueId depthwise = call.add(
      ops::DepthwiseConv2D{window()},
      {x, call.weight("depthwise_kernel", {1, options_.kernel_size, channels, options_.depth_multiplier})},
      "depthwise");
  std::vector<ops::ValueId> inputs{depthwise,
                                   call.weight("pointwise_kernel", {1, 1, between, options_.filters})};
  if (options_.use_bias) inputs.push_back(call.weight("bias"));
  const ops::ValueId product = call.add(ops::Conv2D{}, std::move(inputs));
  call.output(activate(call, as_sequence(call, product), options_.activation));
}

void SeparableConv1D::build_weights(const std::vector<Shape>& inputs) {
  const int64_t channels = inputs.front()[2];
  add_weight("depthwise_kernel", {options_.kernel_size, channels, options_.depth_multiplier},
             options_.depthwise_initializer);
  add_weight("pointwise_kernel", {1, channels * options_.depth_multiplier, options_.filters},
             options_.pointwise_initializer);
  if (options_.use_bias) add_weight("bias", {options_.filters}, options_.bias_initializer);
}

Tensor separable_conv1d(const Tensor& x, SeparableConv1DOptions options) {
  return std::make_shared<SeparableConv1D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
