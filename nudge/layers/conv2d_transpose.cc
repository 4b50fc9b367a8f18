#include "nudge/layers/conv2d_transpose.h"

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/convolution_config-inl.h"
#include "nudge/ops/expansion.h"
#include "nudge/ops/shape_rules.h"

namespace nudge::layers {

Conv2DTranspose::Conv2DTranspose(Conv2DTransposeOptions options)
    : ClonableLayer(options.name, "Conv2DTranspose"), options_(std::move(options)) {
  check_convolution(where(), options_);
}

Json Conv2DTranspose::config() const {
  Json config = base_config();
  write_convolution(config, options_);
  return config;
}

LayerPtr Conv2DTranspose::from_config(const Json& config) {
  const ConfigReader reader(config, "Conv2DTranspose");
  return reader.make<Conv2DTranspose>(read_convolution<Conv2DTransposeOptions>(reader));
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
