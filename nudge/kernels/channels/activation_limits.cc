#include <algorithm>
#include <cmath>
#include <limits>

#include "nudge/kernels/channels/channel_passes.h"

namespace nudge::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace

ActivationLimits::ActivationLimits(const BlockActivation& activation, const Grid* grid) {
  low = pass_low = -kInfinity;
  high = pass_high = kInfinity;
  if (activation.relu) {
    sloped = activation.negative_slope != 0.0f;
    slope = activation.negative_slope;
    high = activation.max_value;
    // The gradient is 1 strictly between the bends.
    pass_high = std::nextafter(high, -kInfinity);
    if (!std::isfinite(high)) pass_high = high;
    if (!sloped) {
      low = 0.0f;
      pass_low = std::numeric_limits<float>::denorm_min();
    }
  }
  if (grid != nullptr && !grid->degenerate()) {
    low = std::clamp(low, grid->nudged_min, grid->nudged_max);
    high = std::clamp(high, grid->nudged_min, grid->nudged_max);
    pass_low = std::max(pass_low, grid->nudged_min);
    pass_high = std::min(pass_high, grid->nudged_max);
  }
}

}  // namespace nudge::kernels
