#include "nudge/kernels/values/grid.h"

#include <cmath>
#include <sstream>
#include <string>

#include "nudge/base/error.h"

namespace nudge::kernels {
namespace {

std::string range_text(float min, float max) {
  std::ostringstream text;
  text << "a quantizer's range [" << min << ", " << max << "] ";
  return text.str();
}

}  // namespace

Grid nudge_range(float min, float max, int bits, bool narrow) {
  if (bits < 2 || bits > 16) {
    throw ValueError("a quantizer has 2 to 16 bits, given " + std::to_string(bits));
  }
  if (!std::isfinite(min) || !std::isfinite(max)) {
    throw NumericError(range_text(min, max) + "is not finite; lower the learning rate or check the input");
  }
  if (min > max) {
    throw ValueError(range_text(min, max) + "has its minimum above its maximum");
  }
  Grid grid;
  grid.qmin = narrow ? 1 : 0;
  grid.qmax = (1 << bits) - 1;
  const float low = static_cast<float>(grid.qmin), high = static_cast<float>(grid.qmax);
  const float scale = (max - min) / (high - low);
  const float inverse = 1.0f / scale;
  if (!std::isfinite(scale)) {
    throw NumericError(range_text(min, max) + "is too wide for a float scale");
  }
  if (!std::isfinite(inverse)) {
    grid.zero_point = narrow ? 1 << (bits - 1) : 0;
    return grid;
  }
  const float from_min = low - min / scale;
  const float zero = from_min < low ? low : from_min > high ? high : std::floor(from_min + 0.5f);
  grid.scale = scale;
  grid.inverse = inverse;
  grid.zero_point = static_cast<int>(zero);
  grid.nudged_min = (low - zero) * scale;
  grid.nudged_max = (high - zero) * scale;
  return grid;
}

Grid symmetric_grid(float limit, int bits) { return nudge_range(-limit, limit, bits, true); }

}  // namespace nudge::kernels
