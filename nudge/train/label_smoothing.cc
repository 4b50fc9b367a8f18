#include "nudge/train/label_smoothing.h"

#include <fmt/format.h>

#include "nudge/base/error.h"

namespace nudge::train {

double checked_smoothing(double smoothing) {
  if (smoothing >= 0 && smoothing <= 1) return smoothing;
  throw ValueError(fmt::format("label_smoothing is {}, it must be within 0 and 1", smoothing));
}

void smooth_classes(std::span<double> target, double smoothing) {
  if (smoothing == 0) return;
  for (double& value : target)
    value = value * (1 - smoothing) + smoothing / static_cast<double>(target.size());
}

void smooth_answers(std::span<double> target, double smoothing) {
  if (smoothing == 0) return;
  for (double& value : target) value = value * (1 - smoothing) + 0.5 * smoothing;
}

}  // namespace nudge::train
