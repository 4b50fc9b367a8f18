#include "nudge/quantize/ranges.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/quantize/layer_roles.h"
#include "nudge/quantize/quantizer_slot.h"

namespace nudge::quantize {
namespace {

constexpr double kSettled = 0.02;
constexpr int64_t kLeastUpdates = 10;

const Layer& computing_layer(const Layer& layer) {
  const auto* quantized = dynamic_cast<const QuantizedLayer*>(&layer);
  return quantized != nullptr && quantized->inner() != nullptr ? *quantized->inner() : layer;
}

std::string key_of(const Layer& layer, const std::string& slot) { return layer.name() + "/" + slot; }

// The extremes of each of `count` channels, the last axis fastest.
void channel_extremes(const Array& values, size_t count, std::vector<float>& low, std::vector<float>& high) {
  const auto span = values.span<float>();
  low.assign(span.begin(), span.begin() + static_cast<std::ptrdiff_t>(count));
  high = low;
  for (size_t i = count; i < span.size(); ++i) {
    low[i % count] = std::min(low[i % count], span[i]);
    high[i % count] = std::max(high[i % count], span[i]);
  }
}

}  // namespace

Range::Range(std::string name, Layer& owner, QuantizerSlot& slot)
    : name_(std::move(name)), owner_(&owner), slot_(&slot) {}

size_t Range::count() const { return min().size(); }

std::span<const float> Range::min() const {
  if (!quantizer().has_range()) return {&quantizer().options().init_min, 1};
  const Array& values = owner_->weight(slot_->name + "_min").value;
  return values.span<float>();
}

std::span<const float> Range::max() const {
  if (!quantizer().has_range()) return {&quantizer().options().init_max, 1};
  const Array& values = owner_->weight(slot_->name + "_max").value;
  return values.span<float>();
}

void Range::observe(std::span<const float> batch_min, std::span<const float> batch_max) {
  if (!quantizer().has_range()) return;
  const auto min = owner_->weight(slot_->name + "_min").value.span<float>();
  const auto max = owner_->weight(slot_->name + "_max").value.span<float>();
  if (batch_min.size() != min.size() || batch_max.size() != min.size()) {
    throw ShapeError("range '" + name_ + "' has " + std::to_string(min.size()) + " channels, shown " +
                     std::to_string(batch_min.size()));
  }
  if (!seen_) {
    seen_ = true;
    start_min_.assign(min.begin(), min.end());
    start_max_.assign(max.begin(), max.end());
    start_progress_ = slot_->progress;
    seen_min_.assign(batch_min.begin(), batch_min.end());
    seen_max_.assign(batch_max.begin(), batch_max.end());
  } else {
    for (size_t i = 0; i < min.size(); ++i) {
      seen_min_[i] = std::min(seen_min_[i], batch_min[i]);
      seen_max_[i] = std::max(seen_max_[i], batch_max[i]);
    }
    std::copy(start_min_.begin(), start_min_.end(), min.begin());
    std::copy(start_max_.begin(), start_max_.end(), max.begin());
    slot_->progress = start_progress_;
  }
  quantizer().update(min, max, seen_min_, seen_max_, slot_->progress);
}

kernels::Grid Range::grid(size_t i) const {
  const QuantizerOptions& options = quantizer().options();
  return kernels::nudge_range(min()[i], max()[i], options.num_bits, options.narrow_range);
}

bool Range::converged() const {
  if (!quantizer().has_range() || slot_->place == Place::kWeight) return true;
  return progress().updates >= kLeastUpdates && progress().distance < kSettled;
}

bool Range::follows_weights() const { return slot_->place == Place::kWeight; }

Ranges::Ranges(Model& model) {
  struct Sharing {
    std::string slot, owner;
  };
  std::vector<Sharing> sharing;
  for (const LayerPtr& layer : model.layers()) {
    auto* quantized = dynamic_cast<QuantizedLayer*>(layer.get());
    if (quantized == nullptr) continue;
    for (QuantizerSlot& slot : quantized->slots()) {
      const std::string key = key_of(*layer, slot.name);
      if (!slot.range_of.empty()) {
        sharing.push_back({key, slot.range_of});
        continue;
      }
      ranges_.push_back(std::make_unique<Range>(key, *layer, slot));
      by_slot_[key] = ranges_.back().get();
    }
  }
  for (const Sharing& shared : sharing) {
    const auto owner = by_slot_.find(shared.owner);
    if (owner == by_slot_.end()) {
      throw ValueError("quantizer '" + shared.slot + "' shares the range of '" + shared.owner +
                       "', which the model does not have");
    }
    by_slot_[shared.slot] = owner->second;
  }
  for (auto node = model.nodes().rbegin(); node != model.nodes().rend(); ++node) {
    if (computing_layer(*(*node)->layer).class_name() != "Concatenate") continue;
    Range* range = range_of({*node, 0}, *this);
    if (range == nullptr) continue;
    for (const Tensor& input : (*node)->inputs) {
      const bool wrapped = dynamic_cast<const QuantizedLayer*>(input.node->layer.get()) != nullptr;
      if (wrapped && range_of(input, *this) == nullptr) feeders_[input.node.get()] = range;
    }
  }
}

Range* Ranges::find(const Layer& layer, const std::string& slot) const {
  const auto found = by_slot_.find(key_of(layer, slot));
  return found == by_slot_.end() ? nullptr : found->second;
}

void Ranges::begin_step() {
  for (const auto& range : ranges_) range->seen_ = false;
}

Ranges::Convergence Ranges::convergence() const {
  Convergence result;
  for (const auto& range : ranges_) {
    if (range->follows_weights() || !range->quantizer().has_range()) continue;
    ++result.total;
    result.converged += range->converged() ? 1 : 0;
  }
  return result;
}

Range* range_of(const Tensor& tensor, const Ranges& ranges) {
  const Layer& layer = tensor.layer();
  const auto* quantized = dynamic_cast<const QuantizedLayer*>(&layer);
  const auto feeder = ranges.feeders_.find(tensor.node.get());
  if (feeder != ranges.feeders_.end()) return feeder->second;
  if (quantized != nullptr) {
    for (const Place place : {Place::kOutput, Place::kPostActivation}) {
      for (const QuantizerSlot& slot : quantized->slots()) {
        if (slot.place == place) return ranges.find(layer, slot.name);
      }
    }
  }
  return moves_values(computing_layer(layer)) ? range_of(tensor.node->inputs.front(), ranges) : nullptr;
}

void observe_weights(Model& model, Ranges& ranges) {
  ranges.begin_step();
  std::vector<float> low, high;
  for (const LayerPtr& layer : model.layers()) {
    auto* quantized = dynamic_cast<QuantizedLayer*>(layer.get());
    if (quantized == nullptr || quantized->inner() == nullptr) continue;
    for (const QuantizerSlot& slot : quantized->slots()) {
      if (slot.place != Place::kWeight) continue;
      Range& range = *ranges.find(*layer, slot.name);
      channel_extremes(quantized->inner()->weight(slot.name).value, range.count(), low, high);
      range.observe(low, high);
    }
  }
  ranges.begin_step();
}

}  // namespace nudge::quantize
