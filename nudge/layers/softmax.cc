#include "nudge/layers/softmax.h"

#include <nlohmann/json.hpp>

#include "nudge/layers/config_reader.h"
#include "nudge/layers/option_types.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Softmax::Softmax(SoftmaxOptions options)
    : ClonableLayer(options.name, "Softmax"), options_(std::move(options)) {}

Json Softmax::config() const {
  Json config = base_config();
  config["axis"] = options_.axis;
  return config;
}

LayerPtr Softmax::from_config(const Json& config) {
  const ConfigReader reader(config, "Softmax");
  return reader.make<Softmax>(SoftmaxOptions{.axis = reader.axis("axis", -1), .name = reader.name()});
}

std::vector<Shape> Softmax::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs);
  ops::resolve_axis(where(), options_.axis, input);
  return {input};
}

void Softmax::expand(ops::Expansion& call) const {
  call.output(
      call.add(ops::Activate{{.function = ops::Function::kSoftmax, .axis = options_.axis}}, {call.input()}));
}

Tensor softmax(const Tensor& x, SoftmaxOptions options) {
  return std::make_shared<Softmax>(std::move(options))->call(x);
}

}  // namespace nudge::layers
