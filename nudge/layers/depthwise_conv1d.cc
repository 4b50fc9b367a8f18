#include "nudge/layers/depthwise_conv1d.h"

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/convolution_config-inl.h"
#include "nudge/layers/sequence.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

DepthwiseConv1D::DepthwiseConv1D(DepthwiseConv1DOptions options)
    : ClonableLayer(options.name, "DepthwiseConv1D"), options_(std::move(options)) {
  check_convolution(where(), options_);
}

Json DepthwiseConv1D::config() const {
  Json config = base_config();
  write_convolution(config, options_);
  return config;
}

LayerPtr DepthwiseConv1D::from_config(const Json& config) {
  const ConfigReader reader(config, "DepthwiseConv1D");
  return reader.make<DepthwiseConv1D>(read_convolution<DepthwiseConv1DOptions>(reader));
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
