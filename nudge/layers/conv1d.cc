#include "nudge/layers/conv1d.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/sequence.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Conv1D::Conv1D(Conv1DOptions options) : ClonableLayer(options.name, "Conv1D"), options_(std::move(options)) {
  for (const auto& [what, value] : {std::pair{"filters", options_.filters},
                                    {"kernel_size", options_.kernel_size},
                                    {"strides", options_.strides},
                                    {"dilation_rate", options_.dilation_rate},
                                    {"groups", options_.groups}}) {
    ops::check_positive(where(), what, value);
  }
  if (options_.filters % options_.groups != 0) throw ValueError(where() + "groups does not divide filters");
}

Json Conv1D::config() const {
  Json config = base_config();
  config["filters"] = options_.filters;
  config["kernel_size"] = Json::array({options_.kernel_size});
  config["strides"] = Json::array({options_.strides});
  config["padding"] = options_.causal ? "causal" : to_string(options_.padding);
  config["data_format"] = "channels_last";
  config["dilation_rate"] = Json::array({options_.dilation_rate});
  config["groups"] = options_.groups;
  config["activation"] = to_string(options_.activation);
  config["use_bias"] = options_.use_bias;
  config["kernel_initializer"] = options_.kernel_initializer.to_json();
  config["bias_initializer"] = options_.bias_initializer.to_json();
  return config;
}

LayerPtr Conv1D::from_config(const Json& config) {
  const ConfigReader reader(config, "Conv1D");
  reader.require_channels_last();
  const bool causal = reader.text("padding", "valid") == "causal";
  return reader.make<Conv1D>(
      Conv1DOptions{.filters = reader.integer("filters"),
                    .kernel_size = reader.length("kernel_size", 1),
                    .strides = reader.length("strides", 1),
                    .padding = causal ? Padding::kValid : reader.padding(),
                    .causal = causal,
                    .dilation_rate = reader.length("dilation_rate", 1),
                    .groups = reader.integer("groups", 1),
                    .activation = reader.activation(),
                    .use_bias = reader.boolean("use_bias", true),
                    .kernel_initializer = reader.initializer("kernel_initializer", {}),
                    .bias_initializer = reader.initializer("bias_initializer", Initializer::zeros()),
                    .name = reader.name()});
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
