#include "nudge/layers/conv3d.h"

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/convolution_config-inl.h"
#include "nudge/ops/expansion.h"
#include "nudge/ops/shape_rules.h"

namespace nudge::layers {

Conv3D::Conv3D(Conv3DOptions options) : ClonableLayer(options.name, "Conv3D"), options_(std::move(options)) {
  check_convolution(where(), options_);
}

Json Conv3D::config() const {
  Json config = base_config();
  write_convolution(config, options_);
  config["groups"] = 1;
  return config;
}

LayerPtr Conv3D::from_config(const Json& config) {
  const ConfigReader reader(config, "Conv3D");
  if (reader.integer("groups", 1) != 1) throw UnsupportedError(reader.where() + "groups are not supported");
  return reader.make<Conv3D>(read_convolution<Conv3DOptions>(reader));
}

std::vector<Shape> Conv3D::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs, 5);
  ops::check_definite(where(), input);
  const Shape kernel = kernel_shape(input[4]);
  if (built() && weight("kernel").shape != kernel) {
    throw ShapeError(where() + "was built for other channels than those of " + to_string(input));
  }
  return {ops::output_shape(ops::Conv3D{options_.strides, options_.dilation_rate, options_.padding},
                            {input, kernel}, where())};
}

void Conv3D::expand(ops::Expansion& call) const {
  std::vector<ops::ValueId> inputs{call.input(), call.weight("kernel")};
  if (options_.use_bias) inputs.push_back(call.weight("bias"));
  const ops::ValueId product =
      call.add(ops::Conv3D{options_.strides, options_.dilation_rate, options_.padding}, std::move(inputs));
  call.output(activate(call, product, options_.activation));
}

void Conv3D::build_weights(const std::vector<Shape>& inputs) {
  add_weight("kernel", kernel_shape(inputs.front()[4]), options_.kernel_initializer);
  if (options_.use_bias) add_weight("bias", {options_.filters}, options_.bias_initializer);
}

Tensor conv3d(const Tensor& x, Conv3DOptions options) {
  return std::make_shared<Conv3D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
