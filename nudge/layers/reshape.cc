#include "nudge/layers/reshape.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Reshape::Reshape(ReshapeOptions options)
    : ClonableLayer(options.name, "Reshape"), options_(std::move(options)) {
  const Shape& target = options_.target_shape;
  const bool all_valid =
      std::all_of(target.begin(), target.end(), [](int64_t d) { return d == -1 || d > 0; });
  if (!all_valid || std::count(target.begin(), target.end(), -1) > 1) {
    throw ValueError(where() + "target_shape " + dump_json(Json(target)) +
                     " must hold positive sizes and at most one -1");
  }
}

Json Reshape::config() const {
  Json config = base_config();
  config["target_shape"] = options_.target_shape;
  return config;
}

LayerPtr Reshape::from_config(const Json& config) {
  const ConfigReader reader(config, "Reshape");
  const std::vector<int64_t> target = reader.integers("target_shape");
  return reader.make<Reshape>(
      ReshapeOptions{.target_shape = Shape(target.begin(), target.end()), .name = reader.name()});
}

std::vector<Shape> Reshape::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs);
  if (input.empty()) throw ShapeError(where() + "expected a batch dimension, given shape ()");
  const int64_t count = element_count(Shape(input.begin() + 1, input.end()));

  Shape target = options_.target_shape;
  const auto open = std::find(target.begin(), target.end(), -1);
  if (open != target.end()) {
    *open = 1;
    *open = count / element_count(target);
  }
  if (element_count(target) != count) {
    throw ShapeError(where() + "expected as many elements as target_shape " +
                     dump_json(Json(options_.target_shape)) + ", given shape " + to_string(input));
  }
  target.insert(target.begin(), input[0]);
  return {target};
}

void Reshape::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Reshape{output_shapes({call.shape(call.input())})[0]}, {call.input()}));
}

Tensor reshape(const Tensor& x, ReshapeOptions options) {
  return std::make_shared<Reshape>(std::move(options))->call(x);
}

}  // namespace nudge::layers
