// TFMOT's four rules for how a range follows what it is shown.
//
// All arithmetic is float32 in TFMOT's order, so ranges agree bit for bit.  From a batch's extremes b the
// target range r is
//   asymmetric: r_min = min(b_min, 0)        r_max = max(b_max, 0)
//   symmetric:  r_min = min(b_min, b_max / k)  r_max = max(b_max, b_min * k)
// with k = -1 when narrow, else -(2^bits - 2) / 2^bits.
#pragma once

#include "nudge/quantize/quantizer.h"

namespace nudge::quantize {

// The range is that of the last batch: for weights.
class LastValueQuantizer : public Quantizer {
 public:
  using Quantizer::Quantizer;
  std::string class_name() const override { return "LastValueQuantizer"; }
  Json config() const override;
  static QuantizerPtr from_config(const Json& config);
  void update(std::span<float> min, std::span<float> max, std::span<const float> batch_min,
              std::span<const float> batch_max, RangeProgress& progress) const override;
};

// An exponential moving average of the batches' ranges: for activations.
class MovingAverageQuantizer : public Quantizer {
 public:
  // Not debiased, v = v - (v - r) * (1 - decay): the start value fades as decay^updates.  Debiased, the
  // average is divided by 1 - decay^updates: the first batch sets the range and no start is left in it.
  // Throws ValueError when per_axis (as TFMOT's, it has one range) or when decay is outside [0, 1).
  explicit MovingAverageQuantizer(QuantizerOptions options, double decay = 0.999, bool debias = false);
  std::string class_name() const override { return "MovingAverageQuantizer"; }
  Json config() const override;
  static QuantizerPtr from_config(const Json& config);
  void update(std::span<float> min, std::span<float> max, std::span<const float> batch_min,
              std::span<const float> batch_max, RangeProgress& progress) const override;

  double decay() const { return decay_; }
  bool debias() const { return debias_; }

 protected:
  // Counts an update of the range to [min, max] and measures its distance from the mean of what was aimed at.
  static void note_movement(float min, float max, float aimed_min, float aimed_max, RangeProgress& progress);

 private:
  double decay_;
  bool debias_;
};

// The range of everything seen so far, starting from [0, 0]: for the model's input.
class AllValuesQuantizer : public Quantizer {
 public:
  // init_min and init_max are set to 0.
  // `margin` widens a batch's range on both sides by this part of its span where it reaches below zero.
  // Pixels scaled to [-1, 1] lie exactly half-way between the codes of [-1, 1], where every runtime rounds
  // its own way; beside a margin they do not.  Throws ValueError when it is negative.
  explicit AllValuesQuantizer(QuantizerOptions options, double margin = 0.0);
  std::string class_name() const override { return "AllValuesQuantizer"; }
  Json config() const override;
  static QuantizerPtr from_config(const Json& config);
  void update(std::span<float> min, std::span<float> max, std::span<const float> batch_min,
              std::span<const float> batch_max, RangeProgress& progress) const override;

  double margin() const { return margin_; }

 private:
  double margin_;
};

// [init_min, init_max] for ever.
class FixedQuantizer : public Quantizer {
 public:
  // Throws ValueError unless init_min <= init_max.
  explicit FixedQuantizer(QuantizerOptions options);
  std::string class_name() const override { return "FixedQuantizer"; }
  Json config() const override;
  static QuantizerPtr from_config(const Json& config);
  bool has_range() const override { return false; }
  void update(std::span<float> min, std::span<float> max, std::span<const float> batch_min,
              std::span<const float> batch_max, RangeProgress& progress) const override;
};

}  // namespace nudge::quantize
