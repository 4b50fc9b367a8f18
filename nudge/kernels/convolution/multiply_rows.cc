#include "nudge/kernels/convolution/multiply_rows.h"

#include <algorithm>

#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/matmul/matmul_f32.h"

namespace nudge::kernels {
namespace {

// The same sums in parts that float holds exactly, added up as whole numbers.
template <class Sum>
void multiply_in_parts(int64_t m, int64_t n, int64_t k, const float* a, const ConvolutionKernel& kernel,
                       float* out) {
  constexpr int64_t kFloatsEach = sizeof(Sum) / sizeof(float);
  auto* sums = reinterpret_cast<Sum*>(scratch_floats(Scratch::kSums, m * n * kFloatsEach));
  for (int64_t first = 0; first < k; first += kernel.exact_rows) {
    const int64_t rows = std::min(kernel.exact_rows, k - first);
    matmul_f32(false, false, m, n, rows, a + first, k, kernel.values + first * n, n, 0.0f, out, n);
    for (int64_t i = 0; i < m * n; ++i) sums[i] = (first == 0 ? 0 : sums[i]) + static_cast<Sum>(out[i]);
  }
  for (int64_t i = 0; i < m * n; ++i) out[i] = static_cast<float>(sums[i]);
}

// So many multiplications are worth more than one thread.
constexpr int64_t kLargeProduct = 1 << 22;

}  // namespace

void multiply_rows(int64_t m, int64_t n, int64_t k, const float* a, const ConvolutionKernel& kernel,
                   float* out) {
  if (kernel.exact_rows == 0 || k <= kernel.exact_rows) {
    matmul_f32(false, false, m, n, k, a, k, kernel.values, n, 0.0f, out, n);
    return;
  }
  kernel.fits_int32 ? multiply_in_parts<int32_t>(m, n, k, a, kernel, out)
                    : multiply_in_parts<int64_t>(m, n, k, a, kernel, out);
}

void multiply_rows_int8(int64_t m, int64_t k, const uint8_t* a, int64_t pitch, int zero,
                        const Int8Weights& weights, const MatmulOutput& out) {
  if (pitch % 4 != 0) {
    // Whole quads a row: what the last one lacks has zero weights.
    const int64_t whole = (k + 3) / 4 * 4;
    auto* padded = reinterpret_cast<uint8_t*>(scratch_floats(Scratch::kSums, m * whole / 4));
    for (int64_t row = 0; row < m; ++row) {
      std::fill(std::copy_n(a + row * pitch, k, padded + row * whole), padded + (row + 1) * whole,
                uint8_t{0});
    }
    a = padded;
    pitch = whole;
  }
  const int64_t n = weights.columns;
  Int8Matmul product{
      .rows = m, .a = a, .a_row = pitch, .zero = zero, .weights = &weights, .last_column = n, .c = out};
  if (m * k * n < kLargeProduct) return matmul_int8(product);
  // Few rows of a large kernel: its columns keep the threads busy, where this is not one thread's part
  // already.
  constexpr int64_t kColumns = 64;
  parallel_for((n + kColumns - 1) / kColumns, 1, [&](int64_t begin, int64_t end) {
    Int8Matmul part = product;
    part.first_column = begin * kColumns;
    part.last_column = std::min(n, end * kColumns);
    matmul_int8(part);
  });
}

}  // namespace nudge::kernels
