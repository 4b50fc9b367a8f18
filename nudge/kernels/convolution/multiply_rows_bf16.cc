#include "nudge/kernels/convolution/multiply_rows_bf16.h"

#include <algorithm>

#include "nudge/kernels/cpu/scratch.h"

namespace nudge::kernels {
namespace {

const uint32_t* as_words(const Bfloat16* halves) { return reinterpret_cast<const uint32_t*>(halves); }

}  // namespace

void multiply_rows_bf16(const Bfloat16* x, int64_t m, int64_t k, int64_t pitch, const uint32_t* kernel_pairs,
                        int64_t n, float* out) {
  if (pitch % 2 != 0) {
    // Whole words a row, the last with a zero.
    const int64_t even = 2 * pair_count(k);
    auto* padded = reinterpret_cast<Bfloat16*>(scratch_words(Scratch::kInputPairs, m * even / 2));
    for (int64_t row = 0; row < m; ++row) {
      std::fill(std::copy_n(x + row * pitch, k, padded + row * even), padded + (row + 1) * even, Bfloat16{});
    }
    x = padded;
    pitch = even;
  }
  matmul_bf16({.rows = m,
               .columns = n,
               .pairs = pair_count(k),
               .a = as_words(x),
               .a_row = pitch / 2,
               .b = kernel_pairs,
               .b_pair = n,
               .c = out,
               .c_row = n});
}

InterleavedRows paired_gradient(const GradientRows& gradient, int64_t first, int64_t m, int64_t n) {
  InterleavedRows dy{};
  dy.pitch = 2 * pair_count(n);
  dy.rows = reinterpret_cast<Bfloat16*>(scratch_words(Scratch::kGradient, m * dy.pitch / 2));
  dy.pairs = scratch_words(Scratch::kGradientPairs, pair_count(m) * n);
  if (n % 2 != 0) {
    for (int64_t row = 0; row < m; ++row) dy.rows[row * dy.pitch + n] = {};
  }
  gradient.pairs(first, m, dy);
  return dy;
}

void add_kernel_gradient(const uint32_t* x_pairs, int64_t k, const InterleavedRows& dy, int64_t n, int64_t m,
                         float* kernel_gradient) {
  matmul_bf16({.rows = k,
               .columns = n,
               .pairs = pair_count(m),
               .a = x_pairs,
               .a_row = 1,
               .a_pair = k,
               .b = dy.pairs,
               .b_pair = n,
               .c = kernel_gradient,
               .c_row = n,
               .accumulate = true});
}

void input_gradient(const InterleavedRows& dy, int64_t m, int64_t n, const ConvolutionKernel& kernel,
                    int64_t k, const Reals& dx, bool accumulate) {
  matmul_bf16({.rows = m,
               .columns = k,
               .pairs = pair_count(n),
               .a = as_words(dy.rows),
               .a_row = dy.pitch / 2,
               .b = kernel.transposed_pairs,
               .b_pair = k,
               .c = dx,
               .c_row = k,
               .accumulate = accumulate});
}

}  // namespace nudge::kernels
