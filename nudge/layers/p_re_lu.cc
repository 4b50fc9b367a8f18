#include "nudge/layers/p_re_lu.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

PReLU::PReLU(PReLUOptions options) : ClonableLayer(options.name, "PReLU"), options_(std::move(options)) {}

Json PReLU::config() const {
  Json config = base_config();
  config["alpha_initializer"] = options_.alpha_initializer.to_json();
  config["shared_axes"] = options_.shared_axes.empty() ? Json(nullptr) : Json(options_.shared_axes);
  return config;
}

LayerPtr PReLU::from_config(const Json& config) {
  const ConfigReader reader(config, "PReLU");
  return reader.make<PReLU>(PReLUOptions{
      .alpha_initializer = reader.initializer("alpha_initializer", Initializer::zeros()),
      .shared_axes = reader.has("shared_axes") ? reader.integers("shared_axes") : std::vector<int64_t>{},
      .name = reader.name()});
}

std::vector<Shape> PReLU::output_shapes(const std::vector<Shape>& inputs) const {
  return {single_input(inputs)};
}

void PReLU::expand(ops::Expansion& call) const {
  // max(x, 0) + alpha * min(x, 0)
  Arithmetic make(call);
  const ops::ValueId above =
      call.add(ops::Activate{{.function = ops::Function::kRelu}}, {call.input()}, "above");
  const ops::ValueId below =
      call.add(ops::Activate{{.function = ops::Function::kClip, .max_value = 0.0}}, {call.input()}, "below");
  call.output(make.add(above, make.multiply(below, call.weight("alpha"), "slope")));
}

void PReLU::build_weights(const std::vector<Shape>& inputs) {
  Shape shape(inputs.front().begin() + 1, inputs.front().end());
  for (const int64_t axis : options_.shared_axes) {
    if (axis < 1 || axis > static_cast<int64_t>(shape.size())) {
      throw ValueError(where() + "shared_axes must be dimensions behind the batch, counted from 1");
    }
    shape[static_cast<size_t>(axis) - 1] = 1;
  }
  add_weight("alpha", shape, options_.alpha_initializer);
}

Tensor p_re_lu(const Tensor& x, PReLUOptions options) {
  return std::make_shared<PReLU>(std::move(options))->call(x);
}

}  // namespace nudge::layers
