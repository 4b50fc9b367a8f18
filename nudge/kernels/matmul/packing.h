// How operands of integer and bfloat16 products are packed: codes and weights as whole numbers, rows
// interleaved in pairs.  All but what says otherwise run in the calling thread.
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

// The same with the numbers in 8 bits beside it, as Int8Weights holds them: rows 4q to 4q + 3 in the bytes of
// the words q * channels, and added to a sum a channel.
void pack_int8_weights(const float* x, int64_t rows, int64_t channels, const Grid* grids, float* steps,
                       uint32_t* words, int32_t* sums);

// Rows 2p and 2p + 1 of a (rows, columns) matrix as the words p * columns of matmul_bf16.h; an odd last row
// is paired with zeros.  Codes become steps.
void interleave_rows(const uint8_t* codes, int64_t rows, int64_t columns, int zero, uint32_t* words);
void interleave_rows(const Bfloat16* x, int64_t rows, int64_t columns, int64_t pitch, uint32_t* words);

}  // namespace nudge::kernels
