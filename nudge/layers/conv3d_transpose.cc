#include "nudge/layers/conv3d_transpose.h"

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/convolution_config-inl.h"
#include "nudge/ops/expansion.h"
#include "nudge/ops/shape_rules.h"

namespace nudge::layers {

Conv3DTranspose::Conv3DTranspose(Conv3DTransposeOptions options)
    : ClonableLayer(options.name, "Conv3DTranspose"), options_(std::move(options)) {
  check_convolution(where(), options_);
}

Json Conv3DTranspose::config() const {
  Json config = base_config();
  write_convolution(config, options_);
  return config;
}

LayerPtr Conv3DTranspose::from_config(const Json& config) {
  const ConfigReader reader(config, "Conv3DTranspose");
  return reader.make<Conv3DTranspose>(read_convolution<Conv3DTransposeOptions>(reader));
}

std::vector<Shape> Conv3DTranspose::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs, 5);
  ops::check_definite(where(), input);
  const Shape kernel = kernel_shape(input[4]);
  if (built() && weight("kernel").shape != kernel) {
    throw ShapeError(where() + "was built for other channels than those of " + to_string(input));
  }
  return {
      ops::output_shape(ops::ConvTranspose3D{options_.strides, options_.padding}, {input, kernel}, where())};
}

void Conv3DTranspose::expand(ops::Expansion& call) const {
  std::vector<ops::ValueId> inputs{call.input(), call.weight("kernel")};
  if (options_.use_bias) inputs.push_back(call.weight("bias"));
  const ops::ValueId product =
      call.add(ops::ConvTranspose3D{options_.strides, options_.padding}, std::move(inputs));
  call.output(activate(call, product, options_.activation));
}

void Conv3DTranspose::build_weights(const std::vector<Shape>& inputs) {
  add_weight("kernel", kernel_shape(inputs.front()[4]), options_.kernel_initializer);
  if (options_.use_bias) add_weight("bias", {options_.filters}, options_.bias_initializer);
}

Tensor conv3d_transpose(const Tensor& x, Conv3DTransposeOptions options) {
  return std::make_shared<Conv3DTranspose>(std::move(options))->call(x);
}

}  // namespace nudge::layers
