#include "nudge/layers/conv1d_transpose.h"

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/convolution_config-inl.h"
#include "nudge/layers/sequence.h"
#include "nudge/ops/expansion.h"
#include "nudge/ops/shape_rules.h"

namespace nudge::layers {

Conv1DTranspose::Conv1DTranspose(Conv1DTransposeOptions options)
    : ClonableLayer(options.name, "Conv1DTranspose"), options_(std::move(options)) {
  check_convolution(where(), options_);
}

Json Conv1DTranspose::config() const {
  Json config = base_config();
  write_convolution(config, options_);
  return config;
}

LayerPtr Conv1DTranspose::from_config(const Json& config) {
  const ConfigReader reader(config, "Conv1DTranspose");
  return reader.make<Conv1DTranspose>(read_convolution<Conv1DTransposeOptions>(reader));
}

std::vector<Shape> Conv1DTranspose::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs, 3);
  if (built() && weight("kernel").shape[2] != input[2]) {
    throw ShapeError(where() + "was built for other channels than those of " + to_string(input));
  }
  const Shape image{input[0], 1, input[1], input[2]},
      kernel{1, options_.kernel_size, options_.filters, input[2]};
  const Shape output = ops::output_shape(ops::ConvTranspose2D{window()}, {image, kernel}, where());
  return {{output[0], output[2], output[3]}};
}

void Conv1DTranspose::expand(ops::Expansion& call) const {
  const ops::ValueId x = as_image(call, call.input(), where());
  std::vector<ops::ValueId> inputs{
      x, call.weight("kernel", {1, options_.kernel_size, options_.filters, call.shape(x)[3]})};
  if (options_.use_bias) inputs.push_back(call.weight("bias"));
  const ops::ValueId product = call.add(ops::ConvTranspose2D{window()}, std::move(inputs));
  call.output(activate(call, as_sequence(call, product), options_.activation));
}

void Conv1DTranspose::build_weights(const std::vector<Shape>& inputs) {
  add_weight("kernel", {options_.kernel_size, options_.filters, inputs.front()[2]},
             options_.kernel_initializer);
  if (options_.use_bias) add_weight("bias", {options_.filters}, options_.bias_initializer);
}

Tensor conv1d_transpose(const Tensor& x, Conv1DTransposeOptions options) {
  return std::make_shared<Conv1DTranspose>(std::move(options))->call(x);
}

}  // namespace nudge::layers
