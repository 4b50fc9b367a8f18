#include "nudge/quantize/ranges.h"

#include <algorithm>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/kernels/channels/min_max.h"
#include "nudge/quantize/quantizer_slot.h"

namespace nudge::quantize {
namespace {

constexpr double kSettled = 0.02;
constexpr int64_t kLeastUpdates = 10;

}  // namespace

Range::Range(std::string name, size_t index, Layer& owner, QuantizerSlot& slot)
    : name_(std::move(name)), index_(index), slot_(&slot) {
  if (!quantizer().has_range()) return;
  min_ = &owner.weight(slot.name + "_min");
  max_ = &owner.weight(slot.name + "_max");
}

size_t Range::count() const { return min().size(); }

std::span<const float> Range::min() const {
  if (min_ == nullptr) return {&quantizer().options().init_min, 1};
  return std::as_const(min_->value).span<float>();
}

std::span<const float> Range::max() const {
  if (max_ == nullptr) return {&quantizer().options().init_max, 1};
  return std::as_const(max_->value).span<float>();
}

void Range::observe(std::span<const float> batch_min, std::span<const float> batch_max) {
  if (min_ == nullptr) return;
  const auto min = min_->value.span<float>();
  const auto max = max_->value.span<float>();
  if (batch_min.size() != min.size() || batch_max.size() != min.size()) {
    throw ShapeError("range '" + name_ + "' has " + std::to_string(min.size()) + " channels, shown " +
                     std::to_string(batch_min.size()));
  }
  if (!seen_) {
    if (in_training_ && !quantizer().follows_batches() && progress().updates > 0) return;
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

void Range::add_gradient(const kernels::RangeGradient& gradient) {
  if (!gradient_) gradient_.emplace();
  *gradient_ += gradient;
}

void Range::observe_values(std::span<const float> values) {
  if (watcher_ != nullptr) watcher_->see(*this, values);
  const auto n = static_cast<int64_t>(values.size()), channels = static_cast<int64_t>(count());
  std::vector<float> low, high;
  const auto add = [&](const kernels::MinMax& seen) {
    low.push_back(seen.min);
    high.push_back(seen.max);
  };
  if (channels == 1) {
    add(kernels::min_max_of(values.data(), n));
  } else {
    for (const kernels::MinMax& seen : kernels::channel_min_max(values.data(), n / channels, channels))
      add(seen);
  }
  observe(low, high);
}

kernels::Grid Range::grid(size_t i) const {
  const QuantizerOptions& options = quantizer().options();
  return kernels::nudge_range(min()[i], max()[i], options.num_bits, options.narrow_range);
}

bool Range::converged() const {
  if (!quantizer().has_range() || slot_->place == Place::kWeight) return true;
  if (!quantizer().follows_batches() && !quantizer().learns()) return progress().updates > 0;
  return progress().updates >= kLeastUpdates && progress().distance < kSettled;
}

bool Range::follows_weights() const { return slot_->place == Place::kWeight; }

Ranges::Ranges(Model& model) {
  std::map<std::string, Range*> by_name;
  std::vector<std::pair<std::string, const QuantizerSlot*>> sharing;
  for (const LayerPtr& layer : model.layers()) {
    auto* quantized = dynamic_cast<QuantizedLayer*>(layer.get());
    if (quantized == nullptr) continue;
    for (QuantizerSlot& slot : quantized->slots()) {
      const std::string name = layer->name() + "/" + slot.name;
      if (!slot.range_of.empty()) {
        sharing.emplace_back(name, &slot);
        continue;
      }
      ranges_.push_back(std::make_unique<Range>(name, ranges_.size(), *layer, slot));
      by_slot_[&slot] = by_name[name] = ranges_.back().get();
    }
  }
  for (const auto& [name, slot] : sharing) {
    const auto owner = by_name.find(slot->range_of);
    if (owner == by_name.end()) {
      throw ValueError("quantizer '" + name + "' shares the range of '" + slot->range_of +
                       "', which the model does not have");
    }
    by_slot_[slot] = owner->second;
  }
}

Range* Ranges::find(const Layer& layer, const std::string& slot) const {
  const auto* quantized = dynamic_cast<const QuantizedLayer*>(&layer);
  if (quantized == nullptr) return nullptr;
  for (const QuantizerSlot& own : quantized->slots()) {
    if (own.name == slot) return &of(own);
  }
  return nullptr;
}

void Ranges::watch(ValueWatcher* watcher) {
  for (const auto& range : ranges_) range->watcher_ = watcher;
}

void Ranges::begin_step(bool training) {
  for (const auto& range : ranges_) {
    range->seen_ = false;
    range->in_training_ = training;
    range->gradient_.reset();
  }
}

void Ranges::learn(double rate) {
  for (const auto& range : ranges_) {
    if (!range->gradient_ || range->min_ == nullptr) continue;
    range->quantizer().learn(range->min_->value.span<float>(), range->max_->value.span<float>(),
                             {&*range->gradient_, 1}, rate, range->slot_->progress);
    range->gradient_.reset();
  }
}

void Ranges::count_training_step() {
  for (const auto& range : ranges_) ++range->slot_->progress.training_steps;
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

void observe_weights(Model& model, Ranges& ranges) {
  ranges.begin_step();
  for (const LayerPtr& layer : model.layers()) {
    auto* quantized = dynamic_cast<QuantizedLayer*>(layer.get());
    if (quantized == nullptr || quantized->inner() == nullptr) continue;
    for (const QuantizerSlot& slot : quantized->slots()) {
      if (slot.place != Place::kWeight) continue;
      ranges.of(slot).observe_values(
          std::as_const(quantized->inner()->weight(slot.name).value).span<float>());
    }
  }
  ranges.begin_step();
}

}  // namespace nudge::quantize
