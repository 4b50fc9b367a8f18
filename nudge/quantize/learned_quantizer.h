// A range whose limits are trained: by the loss's gradient, in the logarithm.
#pragma once

#include "nudge/quantize/quantizers.h"

namespace nudge::quantize {

struct LearnedOptions {
  double learning_rate = 0.01;  // of log2 of the limits, by Adam; 0: the range stays where it is
  double decay = 0.999;         // of the moving average by which calibration finds the start
  bool debias = true;
};

// Starts where calibration's moving average, or one that training had before, left it.  Then each limit is
// learned as TQT's threshold is: log2 |limit| by Adam, whose steps do not depend on how large the loss's
// gradient for it is (Jain et al. 2020).  A limit at zero stays there, so a ReLU's range begins at zero; both
// limits of a symmetric range move by one step.
class LearnedQuantizer : public MovingAverageQuantizer {
 public:
  // Throws ValueError as MovingAverageQuantizer does, and unless learning_rate is 0 or more and finite.
  explicit LearnedQuantizer(QuantizerOptions options, LearnedOptions learned = {});
  std::string class_name() const override { return "LearnedQuantizer"; }
  Json config() const override;
  static QuantizerPtr from_config(const Json& config);

  bool follows_batches() const override { return false; }
  bool learns() const override { return learning_rate_ > 0.0; }
  // Its distance is that of the limits from their own mean over the last 50 steps or so.
  void learn(std::span<float> min, std::span<float> max, std::span<const kernels::RangeGradient> gradients,
             double rate, RangeProgress& progress) const override;

  double learning_rate() const { return learning_rate_; }

 private:
  double learning_rate_;
};

}  // namespace nudge::quantize
