#include "nudge/layers/concatenate.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/option_types.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Concatenate::Concatenate(ConcatenateOptions options)
    : ClonableLayer(options.name, "Concatenate"), options_(std::move(options)) {}

Json Concatenate::config() const {
  Json config = base_config();
  config["axis"] = options_.axis;
  return config;
}

LayerPtr Concatenate::from_config(const Json& config) {
  const ConfigReader reader(config, "Concatenate");
  return reader.make<Concatenate>(ConcatenateOptions{.axis = reader.axis("axis", -1), .name = reader.name()});
}

std::vector<Shape> Concatenate::output_shapes(const std::vector<Shape>& inputs) const {
  if (inputs.size() < 2) {
    throw ShapeError(fmt::format("{}expected at least two inputs, given {}", where(), inputs.size()));
  }
  for (const Shape& input : inputs) ops::check_definite(where(), input);
  Shape output = inputs[0];
  const size_t axis = ops::resolve_axis(where(), options_.axis, output);
  if (axis == 0) throw UnsupportedError(where() + "axis 0, the batch, cannot be concatenated");
  for (size_t i = 1; i < inputs.size(); ++i) {
    Shape expected = inputs[0];
    if (inputs[i].size() == expected.size()) expected[axis] = inputs[i][axis];
    if (inputs[i] != expected) {
      throw ShapeError(fmt::format("{}expected {} in all but dimension {}, given shape {}", where(),
                                   to_string(inputs[0]), axis, to_string(inputs[i])));
    }
    output[axis] += inputs[i][axis];
  }
  return {output};
}

void Concatenate::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Concatenate{options_.axis}, call.inputs()));
}

Tensor concatenate(const std::vector<Tensor>& inputs, ConcatenateOptions options) {
  return std::make_shared<Concatenate>(std::move(options))->call(inputs);
}

}  // namespace nudge::layers
