// Codes and weights as the whole numbers that products take.  Each runs in the calling thread.
#pragma once

#include <cstdint>

#include "nudge/kernels/values/bfloat16.h"
#include "nudge/kernels/values/grid.h"

namespace nudge::kernels {

// code - zero as floats.
void subtract_zero_point(const uint8_t* codes, int64_t n, int zero, float* steps);
// The same in bfloat16, which holds every difference of two codes exactly.
void subtract_zero_point(const uint8_t* codes, int64_t n, int zero, Bfloat16* steps);

// Whole numbers code - zero_point of a kernel (rows, channels) with a grid a channel.
void quantize_weights(const float* x, int64_t rows, int64_t channels, const Grid* grids, float* steps);

// The same with the numbers in 8 bits beside it, as Int8Weights holds them, in panels of `panel` words: rows
// 4q to 4q + 3 in the bytes of row q, and added to a sum a channel.
void pack_int8_weights(const float* x, int64_t rows, int64_t channels, const Grid* grids, float* steps,
                       uint32_t* words, int64_t panel, int32_t* sums);

}  // namespace nudge::kernels
