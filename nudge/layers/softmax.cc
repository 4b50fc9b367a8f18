#include "nudge/layers/softmax.h"

#include <nlohmann/json.hpp>
#include <numeric>

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
  // Over another axis than the last, as TFLite has it: turned there and back.
  const Shape& shape = call.shape(call.input());
  std::vector<int64_t> order(shape.size());
  std::iota(order.begin(), order.end(), 0);
  const size_t axis = ops::resolve_axis(where(), options_.axis, shape);
  std::swap(order[axis], order.back());
  const bool last = axis + 1 == shape.size();
  const ops::ValueId x = last ? call.input() : call.add(ops::Transpose{order}, {call.input()});
  const ops::ValueId y =
      call.add(ops::Activate{{.function = ops::Function::kSoftmax}}, {x}, last ? "" : "scores");
  call.output(last ? y : call.add(ops::Transpose{order}, {y}));
}

Tensor softmax(const Tensor& x, SoftmaxOptions options) {
  return std::make_shared<Softmax>(std::move(options))->call(x);
}

}  // namespace nudge::layers
