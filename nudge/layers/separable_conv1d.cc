#include "nudge/layers/separable_conv1d.h"

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/convolution_config-inl.h"
#include "nudge/layers/sequence.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

SeparableConv1D::SeparableConv1D(SeparableConv1DOptions options)
    : ClonableLayer(options.name, "SeparableConv1D"), options_(std::move(options)) {
  check_convolution(where(), options_);
}

Json SeparableConv1D::config() const {
  Json config = base_config();
  write_convolution(config, options_);
  return config;
}

LayerPtr SeparableConv1D::from_config(const Json& config) {
  const ConfigReader reader(config, "SeparableConv1D");
  return reader.make<SeparableConv1D>(read_convolution<SeparableConv1DOptions>(reader));
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
