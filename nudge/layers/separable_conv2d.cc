#include "nudge/layers/separable_conv2d.h"

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/convolution_config-inl.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

SeparableConv2D::SeparableConv2D(SeparableConv2DOptions options)
    : ClonableLayer(options.name, "SeparableConv2D"), options_(std::move(options)) {
  check_convolution(where(), options_);
}

Json SeparableConv2D::config() const {
  Json config = base_config();
  write_convolution(config, options_);
  return config;
}

LayerPtr SeparableConv2D::from_config(const Json& config) {
  const ConfigReader reader(config, "SeparableConv2D");
  return reader.make<SeparableConv2D>(read_convolution<SeparableConv2DOptions>(reader));
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
