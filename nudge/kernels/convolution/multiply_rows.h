// Rows of inputs times a kernel seen as a matrix: the heart of a product's forward pass.
#pragma once

#include "nudge/kernels/convolution/convolution.h"

namespace nudge::kernels {

// out(m, n) = a(m, k) * kernel; whole numbers are exact, in 32 or 64 bits, before they are rounded to float.
void multiply_rows(int64_t m, int64_t n, int64_t k, const float* a, const ConvolutionKernel& kernel,
                   float* out);

// The same from codes, `pitch` bytes a row, on processors where integer_products_are_fast().
void multiply_rows_int8(int64_t m, int64_t k, const uint8_t* a, int64_t pitch, int zero,
                        const Int8Weights& weights, const MatmulOutput& out);

}  // namespace nudge::kernels
