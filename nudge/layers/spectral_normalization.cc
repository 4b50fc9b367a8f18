#include "nudge/layers/spectral_normalization.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/graph/registry.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {
namespace {

// Keras's normalize(): nothing is divided by less.
constexpr double kSmallest = 1e-12;

void to_unit_length(std::vector<double>& vector) {
  double square = 0;
  for (const double value : vector) square += value * value;
  const double length = std::max(std::sqrt(square), kSmallest);
  for (double& value : vector) value /= length;
}

}  // namespace

SpectralNormalization::SpectralNormalization(SpectralNormalizationOptions options)
    : ClonableLayer(options.name, "SpectralNormalization"),
      layer_(std::move(options.layer)),
      power_iterations_(options.power_iterations) {
  if (layer_ == nullptr) throw ValueError(where() + "needs a layer");
  ops::check_positive(where(), "power_iterations", power_iterations_);
}

SpectralNormalization::SpectralNormalization(const SpectralNormalization& other)
    : ClonableLayer(other), layer_(other.layer_->clone()), power_iterations_(other.power_iterations_) {}

Json SpectralNormalization::config() const {
  Json config = base_config();
  config["layer"] = layer_->serialized();
  config["layer"]["registered_name"] = nullptr;
  config["power_iterations"] = power_iterations_;
  return config;
}

LayerPtr SpectralNormalization::from_config(const Json& config) {
  const ConfigReader reader(config, "SpectralNormalization");
  const Json& layer = object_member(config, "layer", reader.where());
  return reader.make<SpectralNormalization>(SpectralNormalizationOptions{
      .layer = layer_from_config(text_member(layer, "class_name", reader.where()),
                                 object_member(layer, "config", reader.where())),
      .power_iterations = reader.integer("power_iterations", 1),
      .name = reader.name()});
}

std::vector<Shape> SpectralNormalization::output_shapes(const std::vector<Shape>& inputs) const {
  return layer_->output_shapes(inputs);
}

void SpectralNormalization::expand(ops::Expansion& call) const {
  call.outputs(call.expand(*layer_, call.inputs()));
}

void SpectralNormalization::initialize(uint64_t seed) {
  layer_->initialize(seed);
  Layer::initialize(seed);
}

void SpectralNormalization::set_trainable(bool trainable) {
  Layer::set_trainable(trainable);
  layer_->set_trainable(trainable);
}

std::string SpectralNormalization::weight_path(const Weight& weight) const {
  return weight.name == "vector_u" ? "" : "layer";
}

void SpectralNormalization::begin_training_step() {
  if (!trainable()) return;
  Weight& kernel = this->kernel();
  float* w = kernel.value.data<float>();
  if (std::all_of(w, w + kernel.value.size(), [](float value) { return value == 0; })) return;
  const auto stored = weight("vector_u").value.span<float>();
  std::vector<double> u(stored.begin(), stored.end());
  const size_t columns = u.size(), rows = static_cast<size_t>(kernel.value.size()) / columns;
  std::vector<double> v(rows);
  for (int64_t i = 0; i < power_iterations_; ++i) {
    for (size_t row = 0; row < rows; ++row) {
      v[row] = 0;
      for (size_t column = 0; column < columns; ++column) v[row] += w[row * columns + column] * u[column];
    }
    to_unit_length(v);
    std::fill(u.begin(), u.end(), 0.0);
    for (size_t row = 0; row < rows; ++row) {
      for (size_t column = 0; column < columns; ++column) u[column] += w[row * columns + column] * v[row];
    }
    to_unit_length(u);
  }
  double sigma = 0;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t column = 0; column < columns; ++column)
      sigma += v[row] * w[row * columns + column] * u[column];
  }
  std::transform(u.begin(), u.end(), stored.begin(), [](double value) { return static_cast<float>(value); });
  std::transform(w, w + kernel.value.size(), w,
                 [&](float value) { return static_cast<float>(value / sigma); });
}

void SpectralNormalization::build_weights(const std::vector<Shape>& inputs) {
  layer_->build(inputs);
  add_weight("vector_u", {1, kernel().shape.back()}, {.name = "TruncatedNormal", .stddev = 0.02}, false);
}

std::vector<Weight*> SpectralNormalization::all_weights() const {
  std::vector<Weight*> all = layer_->weights();
  for (Weight* own : Layer::all_weights()) all.push_back(own);
  return all;
}

Weight& SpectralNormalization::kernel() const {
  for (Weight* weight : layer_->weights()) {
    if (weight->name == "kernel" || weight->name == "embeddings") return *weight;
  }
  throw ValueError(where() + "layer '" + layer_->name() + "' (" + layer_->class_name() +
                   ") has neither kernel nor embeddings");
}

}  // namespace nudge::layers
