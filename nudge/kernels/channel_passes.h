// The passes of a block over (rows, channels) floats: statistics, apply, gradient.  Each runs in the calling
// thread on the rows it is given; the block cuts the work into parts.
#pragma once

#include <cstdint>

#include "nudge/kernels/block.h"
#include "nudge/kernels/grid.h"

namespace nudge::kernels {

// a = (x - shift[c]) * gain[c] + offset[c]: bias, BatchNormalization and the product's scale in one.
struct ChannelAffine {
  const float* shift;
  const float* gain;
  const float* offset;
};

// An activation and an output grid as limits on what follows the affine.
struct ActivationLimits {
  ActivationLimits(const Activation& activation, const Grid* grid);

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

// Writes values, codes or both: activated, and rounded to `grid` unless it is null.
void apply_rows(const float* x, int64_t rows, int64_t channels, const ChannelAffine& affine,
                const ActivationLimits& limits, const Grid* grid, float* values, uint8_t* codes);

// With g = dy where the gradient passes, else 0 (times the slope): adds to sum[c] those of g and to
// product[c] those of g * (x - shift[c]).
void reduce_gradient(const float* x, const float* dy, int64_t rows, int64_t channels,
                     const ChannelAffine& affine, const ActivationLimits& limits, float* sum, float* product);

// out = by_gradient[c] * g + by_value[c] * (x - shift[c]) + constant[c].
struct GradientAffine {
  const float* by_gradient;
  const float* by_value;
  const float* constant;
};
void apply_gradient(const float* x, const float* dy, int64_t rows, int64_t channels,
                    const ChannelAffine& affine, const ActivationLimits& limits,
                    const GradientAffine& gradient, float* out);

// code - zero as floats.
void codes_to_steps(const uint8_t* codes, int64_t n, int zero, float* steps);

// Whole numbers code - zero_point of a kernel (rows, channels) with a grid a channel.
void weights_to_steps(const float* x, int64_t rows, int64_t channels, const Grid* grids, float* steps);

// y += x.
void add_to(const float* x, int64_t n, float* y);

}  // namespace nudge::kernels
