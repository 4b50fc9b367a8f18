#include "nudge/layers/rescaling.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Rescaling::Rescaling(RescalingOptions options)
    : ClonableLayer(options.name, "Rescaling"), options_(std::move(options)) {
  for (const std::vector<double>& values : {options_.scale, options_.offset}) {
    const bool finite =
        std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    if (values.empty() || !finite) throw ValueError(where() + "scale and offset must be finite");
  }
}

Json Rescaling::config() const {
  Json config = base_config();
  const auto json = [](const std::vector<double>& values) {
    return values.size() == 1 ? Json(values[0]) : Json(values);
  };
  config["scale"] = json(options_.scale);
  config["offset"] = json(options_.offset);
  return config;
}

LayerPtr Rescaling::from_config(const Json& config) {
  const ConfigReader reader(config, "Rescaling");
  return reader.make<Rescaling>(
      RescalingOptions{.scale = reader.has("scale") ? PerChannel(reader.numbers("scale")) : 1.0,
                       .offset = reader.has("offset") ? PerChannel(reader.numbers("offset")) : 0.0,
                       .name = reader.name()});
}

std::vector<Shape> Rescaling::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs);
  for (const size_t numbers : {options_.scale.size(), options_.offset.size()}) {
    if (numbers != 1 && static_cast<int64_t>(numbers) != input.back()) {
      throw ShapeError(where() + "scale and offset must be one number or one for each channel of " +
                       to_string(input));
    }
  }
  return {input};
}

void Rescaling::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Rescale{options_.scale, options_.offset}, {call.input()}));
}

Tensor rescaling(const Tensor& x, RescalingOptions options) {
  return std::make_shared<Rescaling>(std::move(options))->call(x);
}

}  // namespace nudge::layers
