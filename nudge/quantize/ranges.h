// The live ranges of a quantized model: what training moves, export reads and `nudge ranges` lists.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/kernels/elementwise/fake_quant.h"
#include "nudge/kernels/values/range_gradient.h"
#include "nudge/quantize/quantized_layer.h"

namespace nudge::quantize {

class Range;

// Sees what ranges are shown: what calibration by more than extremes reads.
class ValueWatcher {
 public:
  virtual ~ValueWatcher() = default;
  // Each tensor's values before they are rounded, once for each range and batch.
  virtual void see(const Range& range, std::span<const float> values) = 0;
};

// One range with the slots that share it.  The variables live in the owning layer's weights, the
// progress in its slot, so whatever loads or saves the layer keeps the range.
class Range {
 public:
  Range(std::string name, size_t index, Layer& owner, QuantizerSlot& slot);

  const std::string& name() const { return name_; }  // "quant_conv2d/kernel"
  size_t index() const { return index_; }            // in Ranges::all()
  const Quantizer& quantizer() const { return *slot_->quantizer; }
  const RangeProgress& progress() const { return slot_->progress; }
  size_t count() const;  // 1, or the channels
  std::span<const float> min() const;
  std::span<const float> max() const;

  // Shows one batch's extremes and moves the range, unless its quantizer does not follow batches.  Within one
  // step (see Ranges::begin_step) several members of a group may observe: the range then moves once, towards
  // the union of what they saw.
  void observe(std::span<const float> batch_min, std::span<const float> batch_max);

  // The same of the values themselves, their channels last; whoever watches sees them.
  void observe_values(std::span<const float> values);

  // Whether Ranges::learn() will move it: backward passes then give its gradient, each member of a group its
  // part.
  bool learns() const { return quantizer().learns() && progress().updates > 0; }
  void add_gradient(const kernels::RangeGradient& gradient);

  // TFMOT's nudged grid of range i.
  kernels::Grid grid(size_t i = 0) const;

  // Whether it has settled: at least 10 updates, and a distance below 0.02 (see Ranges); of one that nothing
  // moves, as soon as it has been calibrated.
  bool converged() const;
  // A weight's: taken anew from the weights of every step.
  bool follows_weights() const;
  // Whether training has computed with it; calibration alone leaves weights as float training made them.
  bool trained() const { return progress().training_steps > 0; }

 private:
  friend class Ranges;
  std::string name_;
  size_t index_;
  QuantizerSlot* slot_;
  Weight* min_ = nullptr;  // null where the range is fixed
  Weight* max_ = nullptr;
  ValueWatcher* watcher_ = nullptr;
  // State within the running step.
  std::vector<float> start_min_, start_max_, seen_min_, seen_max_;
  RangeProgress start_progress_;
  bool seen_ = false;
  bool in_training_ = false;
  std::optional<kernels::RangeGradient> gradient_;
};

// The convergence figure of a moving average is its distance from a faster average of the last 50 or so
// batches, relative to that one's span: TFMOT's start at -6/6 shows as a large distance for thousands of
// steps, a debiased range settles within tens.  An all-values range is settled once it stopped widening, a
// learned one once it is near the mean of where it was of late.
class Ranges {
 public:
  // `model` must be flat (quantize_apply makes it so) and must outlive this.  Weights must be initialized.
  // Throws ValueError when a slot shares a range that does not exist.
  explicit Ranges(Model& model);

  // The range that a slot of the model uses, its own or a shared one.
  Range& of(const QuantizerSlot& slot) const { return *by_slot_.at(&slot); }
  // Null when the layer has no slot of that name.
  Range* find(const Layer& layer, const std::string& slot) const;
  const std::vector<std::unique_ptr<Range>>& all() const { return ranges_; }

  // From now on `watcher`, which must outlive this, sees the values of every range; null: nobody does.  Plans
  // show them where they are not fused.
  void watch(ValueWatcher* watcher);

  // Call before each forward pass that moves ranges: groups move once a step.  In training those of
  // quantizers that do not follow batches stay where they are.
  void begin_step(bool training = false);
  // Call after it in training.
  void count_training_step();
  // Call after the backward pass: moves the ranges that are learned and were given a gradient.  `rate` is a
  // factor on the rates of their quantizers.
  void learn(double rate = 1.0);

  // How many activation ranges have settled (weight ranges follow the weights of every step).
  struct Convergence {
    int converged = 0;
    int total = 0;
  };
  Convergence convergence() const;

 private:
  std::vector<std::unique_ptr<Range>> ranges_;
  std::map<const QuantizerSlot*, Range*> by_slot_;
};

// Shows every weight's range the weights as they are now: after the last step of training they have moved
// once more than their ranges.
void observe_weights(Model& model, Ranges& ranges);

}  // namespace nudge::quantize
