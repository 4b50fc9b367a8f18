#include "nudge/kernels/convolution/multiply_rows_bf16.h"

#include <algorithm>

#include "nudge/kernels/cpu/scratch.h"

namespace nudge::kernels {
namespace {

const uint32_t* as_words(const Bfloat16* halves) { return reinterpret_cast<const uint32_t*>(halves); }

}  // namespace

void multiply_rows_bf16(const Bfloat16* x, int64_t m, int64_t k, int64_t pitch, const Panels& kernel,
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
               .b = kernel.data(),
               .b_panel = kernel.panel(),
               .c = out,
               .c_row = n});
}

GradientOperands gradient_operands(const GradientRows& gradient, int64_t first, int64_t m, int64_t n,
                                   Arithmetic arithmetic) {
  const bool two = arithmetic == Arithmetic::kTwoBfloat16;
  GradientOperands dy;
  dy.pitch = 2 * in_whole_tiles(pair_count(n));
  dy.panel = panel_words(pair_count(m));
  const int64_t rows = m * dy.pitch, pairs = words_in_panels(pair_count(m), n);
  dy.rows = reinterpret_cast<Bfloat16*>(scratch_words(Scratch::kGradient, rows / 2 * (two ? 2 : 1)));
  dy.pairs = scratch_words(Scratch::kGradientPairs, pairs * (two ? 2 : 1));
  if (two) {
    dy.rows_low = dy.rows + rows;
    dy.pairs_low = dy.pairs + pairs;
  }
  gradient.pairs(first, m, dy);
  for (Bfloat16* part : {dy.rows, dy.rows_low}) {
    if (part == nullptr || dy.pitch == n) continue;
    for (int64_t row = 0; row < m; ++row)
      std::fill(part + row * dy.pitch + n, part + (row + 1) * dy.pitch, Bfloat16{});
  }
  const int64_t filled = pair_count(m) * kPanelColumns;
  for (uint32_t* part : {dy.pairs, dy.pairs_low}) {
    if (part == nullptr || filled == dy.panel) continue;
    for (uint32_t* panel = part; panel < part + pairs; panel += dy.panel)
      std::fill(panel + filled, panel + dy.panel, 0u);
  }
  return dy;
}

void add_kernel_gradient(const RowsToTurn& x, int64_t k, const GradientOperands& dy, int64_t n,
                         float* kernel_gradient) {
  // So many words of x are turned over at once that the second-level cache keeps them.
  constexpr int64_t kWords = 1 << 16;
  const int64_t pitch = transposed_pitch(x.rows);
  const int64_t most = std::max<int64_t>(kTileRows, kWords / pitch / kTileRows * kTileRows);
  uint32_t* turned = scratch_words(Scratch::kInputPairs, std::min(most, in_whole_tiles(k)) * pitch);
  for (int64_t first = 0; first < k; first += most) {
    const int64_t columns = std::min(most, k - first);
    transpose_pairs(x, first, columns, turned, pitch);
    matmul_bf16({.rows = columns,
                 .columns = n,
                 .pairs = pair_count(x.rows),
                 .a = turned,
                 .a_row = pitch,
                 .a_in_whole_tiles = true,
                 .b = dy.pairs,
                 .b_panel = dy.panel,
                 .c = kernel_gradient + first * n,
                 .c_row = n,
                 .accumulate = true,
                 .b_low = dy.pairs_low});
  }
}

Bf16Matmul input_gradient(const GradientOperands& dy, int64_t m, int64_t n, const uint32_t* transposed_pairs,
                          int64_t columns) {
  return {.rows = m,
          .columns = columns,
          .pairs = pair_count(n),
          .a = as_words(dy.rows),
          .a_row = dy.pitch / 2,
          .a_in_whole_tiles = true,
          .b = transposed_pairs,
          .b_panel = panel_words(pair_count(n)),
          .a_low = dy.rows_low == nullptr ? nullptr : as_words(dy.rows_low)};
}

}  // namespace nudge::kernels
