// The passes of a block over (rows, channels) floats: statistics, apply, gradient.  Each runs in the calling
// thread on the rows it is given; the block cuts the work into parts.
#pragma once

#include <algorithm>
#include <cstdint>

#include "nudge/kernels/channels/activation.h"
#include "nudge/kernels/values/bfloat16.h"
#include "nudge/kernels/values/grid.h"
#include "nudge/kernels/values/range_gradient.h"

namespace nudge::kernels {

// a = (x - shift[c]) * gain[c] + offset[c]: bias, BatchNormalization and the product's scale in one.
struct ChannelAffine {
  const float* shift;
  const float* gain;
  const float* offset;
};

// An activation and an output grid as limits on what follows the affine.
struct ActivationLimits {
  ActivationLimits(const BlockActivation& activation, const Grid* grid);

  bool sloped = false;  // negative values are multiplied by slope
  float slope = 1.0f;
  float low, high;            // the output is cut to these
  float pass_low, pass_high;  // and its gradient passes between these, inclusive
};

// Adds to sum[c] and square[c] those of x - shift[c], and widens min[c], max[c] by x.
struct ChannelStatistics {
  const float* shift;
  float* sum;
  float* square;
  float* min;
  float* max;
};
void gather_statistics(const float* x, int64_t rows, int64_t channels, const ChannelStatistics& statistics);

// Writes values, codes or both: activated, and rounded to `grid` unless it is null.  Values on a grid are
// float32; without one any pair of formats goes.
void apply_rows(const ConstReals& x, int64_t rows, int64_t channels, const ChannelAffine& affine,
                const ActivationLimits& limits, const Grid* grid, const Reals& values, uint8_t* codes);

// The same for products that make codes of their sums before these leave the registers: limits without a
// slope, a grid that is not degenerate.
struct CodesApply {
  ChannelAffine affine;
  float low, high;
  Grid grid;
};

// Where a product's sums go: to one of floats, halves and codes, or only into statistics.
struct MatmulOutput {
  MatmulOutput() = default;
  MatmulOutput(float* sums) : floats(sums) {}
  MatmulOutput at(int64_t i) const {
    MatmulOutput there = *this;
    if (floats != nullptr) there.floats += i;
    if (halves != nullptr) there.halves += i;
    if (codes != nullptr) there.codes += i;
    return there;
  }

  float* floats = nullptr;
  // Of a product of codes.
  Bfloat16* halves = nullptr;  // only with statistics
  uint8_t* codes = nullptr;    // as `apply` makes them
  const CodesApply* apply = nullptr;
  const ChannelStatistics* statistics = nullptr;  // gathered of floats or halves, before these are rounded
};

// With g = dy where the gradient passes, else 0 (times the slope): adds to sum[c] those of g and to
// product[c] those of g * (x - shift[c]).  x and dy are of one format, here and below.
void reduce_gradient(const ConstReals& x, const ConstReals& dy, int64_t rows, int64_t channels,
                     const ChannelAffine& affine, const ActivationLimits& limits, float* sum, float* product);

// The sums of an output grid's RangeGradient, a channel each: added to.
struct RangeReduction {
  RangeReduction at(int64_t i) const {
    RangeReduction there = *this;
    there.codes += i;
    return there;
  }

  const uint8_t* codes;  // of the output
  Grid grid;
  ActivationLimits activation;  // without the grid
  float *below, *above, *rounding;
};
// The same, and those.
void reduce_gradient(const ConstReals& x, const ConstReals& dy, int64_t rows, int64_t channels,
                     const ChannelAffine& affine, const ActivationLimits& limits, const RangeReduction& range,
                     float* sum, float* product);

// out = by_gradient[c] * g + by_value[c] * (x - shift[c]) + constant[c].
struct GradientAffine {
  const float* by_gradient;
  const float* by_value;
  const float* constant;
};
void apply_gradient(const ConstReals& x, const ConstReals& dy, int64_t rows, int64_t channels,
                    const ChannelAffine& affine, const ActivationLimits& limits,
                    const GradientAffine& gradient, float* out);

// So many rows that the columns of a pass find them in the first-level cache.
inline int64_t cached_rows(int64_t channels) { return std::max<int64_t>(8, 4096 / channels / 2 * 2); }

}  // namespace nudge::kernels
