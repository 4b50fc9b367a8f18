// Matrices turned over, with neighbouring rows paired: what products that sum over rows take as their left
// operand, and products with a transposed kernel as their right one.  In the calling thread.
#pragma once

#include <cstdint>

#include "nudge/kernels/values/bfloat16.h"

namespace nudge::kernels {

// Rows of codes or of bfloat16 numbers, `pitch` elements apart.
struct RowsToTurn {
  const uint8_t* codes = nullptr;  // turned into code - zero
  int zero = 0;
  const Bfloat16* halves = nullptr;
  int64_t rows = 0, pitch = 0;
};

// Words (columns, pairs of rows): columns [first, first + columns) of x, each `words_pitch` words long,
// filled up with zeros.  There must be room for whole tiles of columns; what fills them up may be written.
void transpose_pairs(const RowsToTurn& x, int64_t first, int64_t columns, uint32_t* words,
                     int64_t words_pitch);

// So many words a column: whole tiles, and no power of two, whose columns would fall on the same lines of a
// cache.
int64_t transposed_pitch(int64_t rows);

// One panel of panels.h, whole, from up to 16 rows of n floats: its columns are the rows, its pairs
// neighbours in them.
void pack_transposed_panel(const float* rows, int64_t count, int64_t n, uint32_t* panel);

// The ways, for tests.
void transpose_pairs_portable(const RowsToTurn& x, int64_t first, int64_t columns, uint32_t* words,
                              int64_t words_pitch);
void transpose_pairs_avx512(const RowsToTurn& x, int64_t first, int64_t columns, uint32_t* words,
                            int64_t words_pitch);
void pack_transposed_panel_portable(const float* rows, int64_t count, int64_t n, uint32_t* panel);
void pack_transposed_panel_avx512(const float* rows, int64_t count, int64_t n, uint32_t* panel);

}  // namespace nudge::kernels
