// Matrix products of bfloat16 numbers with sums in float32.
//
// The dimension that is summed over comes in pairs: a 32-bit word holds two neighbouring terms, the first in
// its lower half, as AVX-512's dot products take them.  An odd last term is paired with a zero.
#pragma once

#include <cstdint>

#include "nudge/kernels/values/bfloat16.h"
#include "nudge/kernels/values/panels.h"

namespace nudge::kernels {

// c(i, j) = sum over p of a(i, p) * b(p, j), both terms of each pair, added to what c holds if `accumulate`.
// All steps are in words (a, b) or elements (c).
struct Bf16Matmul {
  int64_t rows = 0, columns = 0, pairs = 0;
  const uint32_t* a = nullptr;  // (i, p) at i * a_row + p
  int64_t a_row = 0;
  bool a_in_whole_tiles = false;  // its rows go on with zeros as panels.h's columns do
  const uint32_t* b = nullptr;    // in panels.h's layout
  int64_t b_panel = 0;
  Reals c;  // (i, j) at i * c_row + j
  int64_t c_row = 0;
  bool accumulate = false;
  // What bfloat16 leaves of an operand's numbers, in the same steps: a + a_low, or b + b_low, has twice the
  // digits.  One of the two at most, and only with c in float32.
  const uint32_t* a_low = nullptr;
  const uint32_t* b_low = nullptr;
};

// Runs in the calling thread: in AMX's tiles or with AVX-512 BF16 where the processor has them (NUDGE_CPU
// permitting), else as a float32 product of the same numbers.  They differ in the order of their sums, and
// the first two take denormal numbers for zero.
void matmul_bf16(const Bf16Matmul& product);

// The ways, for tests.
void matmul_bf16_portable(const Bf16Matmul& product);
void matmul_bf16_avx512(const Bf16Matmul& product);
void matmul_bf16_amx(const Bf16Matmul& product);

// A product whose sums are added to rows in places of their own, for convolutions whose windows overlap:
// those of row i and panel q to to[row_at[i] + panels[q].at] and on.  `c` and what belongs to it are not
// used.
struct Bf16Scatter : Bf16Matmul {
  struct Panel {
    int64_t at = 0;
    int64_t columns = 0;  // that count
  };
  const int64_t* row_at = nullptr;
  const Panel* panels = nullptr;
  float* to = nullptr;
};
// On processors with AMX only.
void scatter_bf16_amx(const Bf16Scatter& product);

// Panels of a row-major (k, n) matrix of floats with pairs along k: the right operand of a product that sums
// over k.
void pack_pairs(const float* values, int64_t k, int64_t n, Panels& panels);
// Panels of k columns with pairs along n: that of a product with the transpose.  Each `group` rows of the
// matrix begin a new panel: a product's columns are then in groups, each filled up to whole panels.  Writes
// words_in_panels(pair_count(n), group) a group.  Both use the pool of threads.
void pack_transposed_pairs(const float* values, int64_t k, int64_t n, int64_t group, uint32_t* words);
inline int64_t pair_count(int64_t terms) { return (terms + 1) / 2; }

}  // namespace nudge::kernels
