#include "nudge/layers/conv1d.h"

#include <utility>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/convolution_config-inl.h"
#include "nudge/layers/sequence.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Conv1D::Conv1D(Conv1DOptions options) : ClonableLayer(options.name, "Conv1D"), options_(std::move(options)) {
  check_convolution(where(), options_);
}

Json Conv1D::config() const {
  Json config = base_config();
  write_convolution(config, options_);
  return config;
}

LayerPtr Conv1D::from_config(const Json& config) {
  const ConfigReader reader(config, "Conv1D");
  return reader.make<Conv1D>(read_convolution<Conv1DOptions>(reader));
}

std::vector<Shape> Conv1D::output_shapes(const std::vector<Shape>& inputs) const {
  Shape shape = single_input(inputs, 3);
  if (shape[2] % options_.groups != 0) {
    throw ShapeError(where() + "expected channels in equal groups, given shape " + to_string(shape));
  }
  if (built() && weight("kernel").shape[1] * options_.groups != shape[2]) {
    throw ShapeError(where() + "was built for other channels than those of " + to_string(shape));
  }
  Shape image{shape[0], 1, shape[1], shape[2]};
  if (options_.causal) image[2] += (options_.kernel_size - 1) * options_.dilation_rate;
  return {{shape[0], window().output_shape(where(), image, options_.filters)[2], options_.filters}};
}

void Conv1D::expand(ops::Expansion& call) const {
  ops::ValueId x = as_image(call, call.input(), where());
  if (options_.causal) {
    x = call.add(ops::Pad{.left = (options_.kernel_size - 1) * options_.dilation_rate}, {x});
  }
  const int64_t channels = call.shape(x)[3] / options_.groups;
  std::vector<ops::ValueId> inputs{
      x, call.weight("kernel", {1, options_.kernel_size, channels, options_.filters})};
  if (options_.use_bias) inputs.push_back(call.weight("bias"));
  const ops::ValueId product = call.add(ops::Conv2D{window(), options_.groups}, std::move(inputs));
  call.output(activate(call, as_sequence(call, product), options_.activation));
}

void Conv1D::build_weights(const std::vector<Shape>& inputs) {
  add_weight("kernel", {options_.kernel_size, inputs.front()[2] / options_.groups, options_.filters},
             options_.kernel_initializer);
  if (options_.use_bias) add_weight("bias", {options_.filters}, options_.bias_initializer);
}

Tensor conv1d(const Tensor& x, Conv1DOptions options) {
  return std::make_shared<Conv1D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
