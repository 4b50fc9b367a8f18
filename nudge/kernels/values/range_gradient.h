// What a loss's gradient says about the limits of a quantizer's range.
#pragma once

#include "nudge/kernels/values/grid.h"

namespace nudge::kernels {

// d loss / d min and d loss / d max of the range that a grid was made of.
//
// With dy the gradient for the quantized values, width = max - min, and rounding straight-through:
//   d loss / d min = sum of dy where x < nudged_min, less sum of dy (y - x) / width where x is inside
//   d loss / d max = sum of dy where x > nudged_max, plus sum of dy (y - x) / width where x is inside
// A value that is cut goes with its limit; one that is rounded goes with its code, whose place moves with
// both.
struct RangeGradient {
  double min = 0.0;
  double max = 0.0;

  RangeGradient& operator+=(const RangeGradient& other) {
    min += other.min;
    max += other.max;
    return *this;
  }
};

// The three sums of it.
struct RangeSums {
  double below = 0.0, above = 0.0, rounding = 0.0;

  RangeSums& operator+=(const RangeSums& other) {
    below += other.below;
    above += other.above;
    rounding += other.rounding;
    return *this;
  }
  RangeGradient gradient(const Grid& grid) const {
    const double share = rounding / (static_cast<double>(grid.nudged_max) - grid.nudged_min);
    return {below - share, above + share};
  }
};

}  // namespace nudge::kernels
