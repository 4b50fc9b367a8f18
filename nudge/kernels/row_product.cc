#include "nudge/kernels/row_product.h"

#include <algorithm>

#include "nudge/kernels/gemm.h"
#include "nudge/kernels/scratch.h"

namespace nudge::kernels {

void multiply_rows(int64_t m, int64_t n, int64_t k, const float* a, const ProductKernel& kernel, float* out) {
  if (kernel.exact_rows == 0 || k <= kernel.exact_rows) {
    gemm(false, false, m, n, k, a, k, kernel.values, n, 0.0f, out, n);
    return;
  }
  auto* sums = reinterpret_cast<int32_t*>(scratch_floats(Scratch::kSums, m * n));
  for (int64_t first = 0; first < k; first += kernel.exact_rows) {
    const int64_t rows = std::min(kernel.exact_rows, k - first);
    gemm(false, false, m, n, rows, a + first, k, kernel.values + first * n, n, 0.0f, out, n);
    for (int64_t i = 0; i < m * n; ++i) sums[i] = (first == 0 ? 0 : sums[i]) + static_cast<int32_t>(out[i]);
  }
  for (int64_t i = 0; i < m * n; ++i) out[i] = static_cast<float>(sums[i]);
}

void multiply_codes(int64_t m, int64_t n, int64_t k, const uint8_t* a, int zero, const ProductKernel& kernel,
               float* out) {
  auto* sums = reinterpret_cast<int32_t*>(scratch_floats(Scratch::kSums, m * n));
  integer_gemm(m, n, k, a, k, zero, kernel.codes, n, sums, n);
  for (int64_t i = 0; i < m * n; ++i) out[i] = static_cast<float>(sums[i]);
}

}  // namespace nudge::kernels
