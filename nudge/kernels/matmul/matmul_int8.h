// Matrix products of 8-bit codes with signed 8-bit weights, exact in 32 bits, for processors with VNNI.
//
// The dimension that is summed over comes in quads: a 32-bit word holds four neighbouring terms, the first in
// its lowest byte.  Missing terms of a last quad have zero weights.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/kernels/channels/channel_passes.h"
#include "nudge/kernels/values/panels.h"

namespace nudge::kernels {

// Whether the functions of this header may be called on this processor under NUDGE_CPU.
bool integer_products_are_fast();

// Weights (k, n) in quads along k, with what each column's sum starts from.
struct Int8Weights {
  int64_t quads() const { return (terms + 3) / 4; }

  int64_t terms = 0;                 // k
  int64_t columns = 0;               // n
  Panels words;                      // quads() rows of n
  std::vector<int32_t> column_sums;  // of the weights, a column each

  // From real weights, row-major, and their symmetric grids, one a column; writes the whole numbers too, to
  // `steps`, which may be `weights`.  On the pool of threads.
  void quantize(const float* weights, const Grid* grids, int64_t k, int64_t n, float* steps);
};

// c(i, j) = sum over t of (a(i, t) - zero) * weights(t, j), as a float: rounded once above 2^24.
struct Int8Matmul {
  int64_t rows = 0;
  const uint8_t* a = nullptr;  // row i at i * a_row; whole quads must be readable
  int64_t a_row = 0;           // in bytes
  int zero = 0;
  const Int8Weights* weights = nullptr;
  int64_t first_column = 0, last_column = 0;  // of the weights and of c
  MatmulOutput c;                             // (i, j) at i * columns + j
};
// Runs in the calling thread: in tiles where the processor has AMX, with the same sums.
void matmul_int8(const Int8Matmul& product);

// The two ways, for tests.
void matmul_int8_vnni(const Int8Matmul& product);
void matmul_int8_amx(const Int8Matmul& product);

}  // namespace nudge::kernels
