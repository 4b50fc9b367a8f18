#include "nudge/keras/model_limits.h"

#include "nudge/base/error.h"

namespace nudge::keras {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 40;
constexpr int64_t kMaxWritten = 50'000;
constexpr int64_t kMaxCalls = 100'000;
// A group of HDF5 and the arrays in it take some kilobytes.
constexpr uint64_t kMaxBytesPerLayer = 32 << 10;
constexpr uint64_t kModelAlwaysAllowed = 4 << 20;
// Eight bytes a value, and three averages beside each weight.
constexpr uint64_t kMaxBytesPerValue = 32;

bool is_too_large(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t dimension : shape) {
    if (dimension == kUnknown) continue;
    if (dimension < 0 || __builtin_mul_overflow(count, dimension, &count) || count > kMaxElements)
      return true;
  }
  return false;
}

void check_call(const Node& node) {
  const std::string who = "layer '" + node.layer->name() + "' (" + node.layer->class_name() + "): ";
  for (const Shape& shape : node.output_shapes) {
    if (is_too_large(shape)) throw InputError(who + "its output " + to_string(shape) + " is too large");
  }
  if (dynamic_cast<const Model*>(node.layer.get()) != nullptr) return;
  for (const Weight* weight : std::as_const(*node.layer).weights()) {
    if (!is_too_large(weight->shape)) continue;
    throw InputError(who + "its weight '" + weight->name + "' " + to_string(weight->shape) + " is too large");
  }
}

uint64_t layer_count(const Model& model) {
  uint64_t count = 0;
  for (const LayerPtr& layer : model.layers()) {
    const auto* nested = dynamic_cast<const Model*>(layer.get());
    count += nested == nullptr ? 1 : 1 + layer_count(*nested);
  }
  return count;
}

}  // namespace

void ModelLimits::count_written(size_t count) {
  written_ += static_cast<int64_t>(count);
  if (written_ <= kMaxWritten) return;
  throw InputError("has over " + std::to_string(kMaxWritten) + " layers and calls, more than nudge reads");
}

void ModelLimits::count_call(const Layer& layer) {
  calls_ += calls_of(layer);
  if (calls_ <= kMaxCalls) return;
  throw InputError("calls models within models over " + std::to_string(kMaxCalls) + " times");
}

int64_t ModelLimits::calls_of(const Layer& layer) {
  const auto* model = dynamic_cast<const Model*>(&layer);
  if (model == nullptr) return 1;
  int64_t& calls = calls_within_[model];
  if (calls == 0) {
    int64_t sum = 0;
    for (const auto& node : model->nodes()) sum += calls_of(*node->layer);
    calls = sum;
  }
  return calls;
}

void ModelLimits::check(const Model& model) {
  for (const auto& node : model.nodes()) check_call(*node);
}

uint64_t weight_file_limit(const Model& model) {
  const auto values = static_cast<uint64_t>(count_parameters(model).total);
  return kModelAlwaysAllowed + kMaxBytesPerValue * values + kMaxBytesPerLayer * layer_count(model);
}

}  // namespace nudge::keras
