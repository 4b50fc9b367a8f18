#include "nudge/layers/conv2d.h"

#include <fmt/format.h>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/convolution_config-inl.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Conv2D::Conv2D(Conv2DOptions options) : ClonableLayer(options.name, "Conv2D"), options_(std::move(options)) {
  check_convolution(where(), options_);
  if (options_.strides != Size2(1) && options_.dilation_rate != Size2(1)) {
    throw ValueError(where() + "strides and dilation_rate cannot both be above 1");
  }
}

Window Conv2D::window() const {
  return {options_.kernel_size, options_.strides, options_.dilation_rate, options_.padding};
}

Json Conv2D::config() const {
  Json config = base_config();
  write_convolution(config, options_);
  return config;
}

LayerPtr Conv2D::from_config(const Json& config) {
  const ConfigReader reader(config, "Conv2D");
  return reader.make<Conv2D>(read_convolution<Conv2DOptions>(reader));
}

std::vector<Shape> Conv2D::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs, 4);
  const Shape output = window().output_shape(where(), input, options_.filters);
  if (input[3] % options_.groups != 0) {
    throw ShapeError(fmt::format("{}expected channels in {} equal groups, given shape {}", where(),
                                 options_.groups, to_string(input)));
  }
  if (built() && weight("kernel").shape[2] * options_.groups != input[3]) {
    throw ShapeError(fmt::format("{}expected the {} channels it was built for, given shape {}", where(),
                                 weight("kernel").shape[2] * options_.groups, to_string(input)));
  }
  return {output};
}

void Conv2D::expand(ops::Expansion& call) const {
  std::vector<ops::ValueId> inputs{call.input(), call.weight("kernel")};
  if (options_.use_bias) inputs.push_back(call.weight("bias"));
  const ops::ValueId product = call.add(ops::Conv2D{window(), options_.groups}, std::move(inputs));
  call.output(activate(call, product, options_.activation));
}

void Conv2D::build_weights(const std::vector<Shape>& inputs) {
  const int64_t channels = inputs.front()[3];
  add_weight(
      "kernel",
      {options_.kernel_size.height, options_.kernel_size.width, channels / options_.groups, options_.filters},
      options_.kernel_initializer);
  if (options_.use_bias) add_weight("bias", {options_.filters}, options_.bias_initializer);
}

Tensor conv2d(const Tensor& x, Conv2DOptions options) {
  return std::make_shared<Conv2D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
