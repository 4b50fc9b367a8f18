#include "nudge/layers/depthwise_conv2d.h"

#include <fmt/format.h>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/convolution_config-inl.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

DepthwiseConv2D::DepthwiseConv2D(DepthwiseConv2DOptions options)
    : ClonableLayer(options.name, "DepthwiseConv2D"), options_(std::move(options)) {
  check_convolution(where(), options_);
  if (options_.strides != Size2(1) && options_.dilation_rate != Size2(1)) {
    throw ValueError(where() + "strides and dilation_rate cannot both be above 1");
  }
}

Window DepthwiseConv2D::window() const {
  return {options_.kernel_size, options_.strides, options_.dilation_rate, options_.padding};
}

Json DepthwiseConv2D::config() const {
  Json config = base_config();
  write_convolution(config, options_);
  return config;
}

LayerPtr DepthwiseConv2D::from_config(const Json& config) {
  const ConfigReader reader(config, "DepthwiseConv2D");
  return reader.make<DepthwiseConv2D>(read_convolution<DepthwiseConv2DOptions>(reader));
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
