#include "nudge/layers/normalization.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Normalization::Normalization(NormalizationOptions options)
    : ClonableLayer(options.name, "Normalization"), options_(std::move(options)) {
  if (options_.mean.size() != options_.variance.size())
    throw ValueError(where() + "mean and variance differ in size");
}

Json Normalization::config() const {
  Json config = base_config();
  config["axis"] = -1;
  config["invert"] = options_.invert;
  config["mean"] = options_.mean.empty() ? Json(nullptr) : Json(options_.mean);
  config["variance"] = options_.variance.empty() ? Json(nullptr) : Json(options_.variance);
  return config;
}

LayerPtr Normalization::from_config(const Json& config) {
  const ConfigReader reader(config, "Normalization");
  // Keras writes an image's channels as 3.
  const int64_t axis = reader.axis("axis", -1);
  if (axis != -1 && axis != 3) throw UnsupportedError(reader.where() + "only the last axis is supported");
  return reader.make<Normalization>(NormalizationOptions{.mean = reader.numbers("mean"),
                                                         .variance = reader.numbers("variance"),
                                                         .invert = reader.boolean("invert", false),
                                                         .name = reader.name()});
}

std::vector<Shape> Normalization::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs);
  if (options_.mean.size() > 1 && static_cast<int64_t>(options_.mean.size()) != input.back()) {
    throw ShapeError(where() + "a mean for each feature is needed, given shape " + to_string(input));
  }
  return {input};
}

void Normalization::expand(ops::Expansion& call) const {
  std::vector<double> mean = options_.mean, variance = options_.variance;
  if (mean.empty()) {
    const auto values = [&](const char* name) {
      const auto stored = weight(name).value.span<float>();
      return std::vector<double>(stored.begin(), stored.end());
    };
    mean = values("mean");
    variance = values("variance");
  }
  // What Keras divides by is at least its epsilon.
  constexpr double kEpsilon = 1e-7;
  ops::Rescale rescale{.scale = variance, .offset = mean};
  for (size_t i = 0; i < mean.size(); ++i) {
    const double deviation = std::max(std::sqrt(variance[i]), kEpsilon);
    rescale.scale[i] = options_.invert ? deviation : 1.0 / deviation;
    rescale.offset[i] = options_.invert ? mean[i] : -mean[i] / deviation;
  }
  call.output(call.add(std::move(rescale), {call.input()}));
}

void Normalization::build_weights(const std::vector<Shape>& inputs) {
  if (!options_.mean.empty()) return;
  const Shape shape{inputs.front().back()};
  add_weight("mean", shape, Initializer::zeros(), false);
  add_weight("variance", shape, Initializer::ones(), false);
  add_weight("count", {}, Initializer::zeros(), false);
}

Tensor normalization(const Tensor& x, NormalizationOptions options) {
  return std::make_shared<Normalization>(std::move(options))->call(x);
}

}  // namespace nudge::layers
