// Matrix products of bfloat16 numbers with sums in float32.
//
// The dimension that is summed over comes in pairs: a 32-bit word holds two neighbouring terms, the first in
// its lower half, as AVX-512's dot products take them.  An odd last term is paired with a zero.
#pragma once

#include <cstdint>

#include "nudge/kernels/values/bfloat16.h"

namespace nudge::kernels {

// c(i, j) = sum over p of a(i, p) * b(p, j), both terms of each pair, added to what c holds if `accumulate`.
// All steps are in words (a, b) or elements (c).
struct Bf16Matmul {
  int64_t rows = 0, columns = 0, pairs = 0;
  const uint32_t* a = nullptr;  // (i, p) at i * a_row + p * a_pair
  int64_t a_row = 0, a_pair = 1;
  const uint32_t* b = nullptr;  // (p, j) at p * b_pair + j
  int64_t b_pair = 0;
  Reals c;  // (i, j) at i * c_row + j
  int64_t c_row = 0;
  bool accumulate = false;
};

// Runs in the calling thread: with AVX-512 BF16 where the processor has it (NUDGE_CPU permitting), else as a
// float32 product of the same numbers.  The two differ in the order of their sums, and in that the first
// takes denormal numbers for zero.
void matmul_bf16(const Bf16Matmul& product);

// The two ways, for tests.
void matmul_bf16_portable(const Bf16Matmul& product);
void matmul_bf16_avx512(const Bf16Matmul& product);

// Words (k / 2, n) of a row-major (k, n) matrix of floats, pairs along k: the right operand of a product
// that sums over k.  Words (n / 2, k) of the same matrix, pairs along n, is what a product with its
// transpose takes.  Odd ends are filled with zeros.  Both use the pool of threads.
void pack_pairs(const float* values, int64_t k, int64_t n, uint32_t* words);
void pack_transposed_pairs(const float* values, int64_t k, int64_t n, uint32_t* words);
inline int64_t pair_count(int64_t terms) { return (terms + 1) / 2; }

}  // namespace nudge::kernels
