// The three products of a convolution seen as matrices, in bfloat16 with float sums: rows of inputs (m, k),
// kernel (k, n), rows of outputs (m, n).  Each runs in the calling thread.
#pragma once

#include "nudge/kernels/convolution/convolution.h"
#include "nudge/kernels/matmul/matmul_bf16.h"
#include "nudge/kernels/matmul/transpose_pairs.h"

namespace nudge::kernels {

// out = x * kernel; rows of x lie `pitch` elements apart.
void multiply_rows_bf16(const Bfloat16* x, int64_t m, int64_t k, int64_t pitch, const Panels& kernel,
                        int64_t n, float* out);

// The gradient of m output pixels from `first` on, in one bfloat16 number or as the sum of two, in this
// thread's scratch memory until the next call.
GradientOperands gradient_operands(const GradientRows& gradient, int64_t first, int64_t m, int64_t n,
                                   Arithmetic arithmetic);

// kernel_gradient += x^T * dy.
void add_kernel_gradient(const RowsToTurn& x, int64_t k, const GradientOperands& dy, int64_t n,
                         float* kernel_gradient);

// dx = dy * kernel^T as a product to be given where it goes: its rows, terms and operands.  `columns` are
// those of the transposed kernel.
Bf16Matmul input_gradient(const GradientOperands& dy, int64_t m, int64_t n, const uint32_t* transposed_pairs,
                          int64_t columns);

}  // namespace nudge::kernels
