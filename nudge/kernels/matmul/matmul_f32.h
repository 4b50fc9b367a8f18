// Row-major matrix products, by oneDNN.
#pragma once

#include <cstdint>

namespace nudge::kernels {

// c(m, n) = op(a)(m, k) * op(b)(k, n) + beta * c; op transposes when asked.  Leading dimensions are row
// pitches. Runs on all threads, or on the calling one from within a parallel part.
void matmul_f32(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const float* a,
                int64_t lda, const float* b, int64_t ldb, float beta, float* c, int64_t ldc);

}  // namespace nudge::kernels
