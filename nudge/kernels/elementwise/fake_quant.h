// Rounding float tensors to a quantizer's grid, as values or as 8-bit codes, and the gradient of that.
//
// Bit for bit what TensorFlow's fake_quant_with_min_max_vars computes (ties round up; a NaN stays NaN as a
// value, its code is any).  Input and output may be the same memory where their types are.  All of it runs
// on the pool of threads and gives the same bits on every processor and thread count.
#pragma once

#include <cstdint>
#include <span>

#include "nudge/kernels/values/grid.h"

namespace nudge::kernels {

void fake_quantize(const float* x, int64_t n, const Grid& grid, float* y);
// The straight-through gradient: dy where nudged_min <= x <= nudged_max, else 0.
void fake_quantize_gradient(const float* x, const float* dy, int64_t n, const Grid& grid, float* dx);

// Codes of an 8-bit grid.  Throws ValueError when the grid has more than 8 bits.
void quantize(const float* x, int64_t n, const Grid& grid, uint8_t* codes);
// The signed form, code - 128.
void quantize(const float* x, int64_t n, const Grid& grid, int8_t* codes);
void dequantize(const uint8_t* codes, int64_t n, const Grid& grid, float* y);

// A tensor seen as (outer, channels, inner) with a grid a channel: the last axis is inner = 1.
struct ChannelView {
  int64_t outer = 1;
  int64_t channels = 1;
  int64_t inner = 1;
};
// Throw ValueError unless there is one grid a channel.
void fake_quantize(const float* x, const ChannelView& view, std::span<const Grid> grids, float* y);
void fake_quantize_gradient(const float* x, const float* dy, const ChannelView& view,
                            std::span<const Grid> grids, float* dx);
void quantize(const float* x, const ChannelView& view, std::span<const Grid> grids, int8_t* codes);

}  // namespace nudge::kernels
