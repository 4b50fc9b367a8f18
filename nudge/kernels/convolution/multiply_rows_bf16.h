// The three products of a convolution seen as matrices, in bfloat16 with float sums: rows of inputs (m, k),
// kernel (k, n), rows of outputs (m, n).  Each runs in the calling thread.
#pragma once

#include "nudge/kernels/convolution/convolution.h"
#include "nudge/kernels/matmul/matmul_bf16.h"

namespace nudge::kernels {

// out = x * kernel; rows of x lie `pitch` elements apart.
void multiply_rows_bf16(const Bfloat16* x, int64_t m, int64_t k, int64_t pitch, const uint32_t* kernel_pairs,
                        int64_t n, float* out);

// The gradient of m output pixels from `first` on, in this thread's scratch memory until the next call.
InterleavedRows paired_gradient(const GradientRows& gradient, int64_t first, int64_t m, int64_t n);

// kernel_gradient += x^T * dy, with x interleaved in pairs of rows.
void add_kernel_gradient(const uint32_t* x_pairs, int64_t k, const InterleavedRows& dy, int64_t n, int64_t m,
                         float* kernel_gradient);

// dx = dy * kernel^T, added to what is there if `accumulate`.
void input_gradient(const InterleavedRows& dy, int64_t m, int64_t n, const ConvolutionKernel& kernel,
                    int64_t k, const Reals& dx, bool accumulate);

}  // namespace nudge::kernels
