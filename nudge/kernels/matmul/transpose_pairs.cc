#include "nudge/kernels/matmul/transpose_pairs.h"

#include <algorithm>

#include "nudge/base/cpu.h"
#include "nudge/kernels/values/panels.h"

namespace nudge::kernels {
namespace {

uint32_t word_of(Bfloat16 first, Bfloat16 second) {
  return first.bits | static_cast<uint32_t>(second.bits) << 16;
}

}  // namespace

int64_t transposed_pitch(int64_t rows) {
  const int64_t tiles = in_whole_tiles((rows + 1) / 2) / kTileRows;
  return (tiles | 1) * kTileRows;
}

void transpose_pairs(const RowsToTurn& x, int64_t first, int64_t columns, uint32_t* words,
                     int64_t words_pitch) {
  static const bool fast = cpu_features().bf16;
  (fast ? transpose_pairs_avx512 : transpose_pairs_portable)(x, first, columns, words, words_pitch);
}

void transpose_pairs_portable(const RowsToTurn& x, int64_t first, int64_t columns, uint32_t* words,
                              int64_t words_pitch) {
  const auto element = [&](int64_t row, int64_t column) -> Bfloat16 {
    if (row >= x.rows) return {};
    const int64_t at = row * x.pitch + column;
    return x.codes == nullptr ? x.halves[at] : to_bfloat16(static_cast<float>(x.codes[at] - x.zero));
  };
  for (int64_t c = 0; c < columns; ++c) {
    for (int64_t p = 0; p < words_pitch; ++p)
      words[c * words_pitch + p] = word_of(element(2 * p, first + c), element(2 * p + 1, first + c));
  }
}

void pack_transposed_panel(const float* rows, int64_t count, int64_t n, uint32_t* panel) {
  static const bool fast = cpu_features().bf16;
  (fast ? pack_transposed_panel_avx512 : pack_transposed_panel_portable)(rows, count, n, panel);
}

void pack_transposed_panel_portable(const float* rows, int64_t count, int64_t n, uint32_t* panel) {
  std::fill_n(panel, panel_words((n + 1) / 2), 0u);
  for (int64_t p = 0; 2 * p < n; ++p, panel += kPanelColumns) {
    for (int64_t r = 0; r < count; ++r) {
      const float* pair = rows + r * n + 2 * p;
      panel[r] = word_of(to_bfloat16(pair[0]), 2 * p + 1 < n ? to_bfloat16(pair[1]) : Bfloat16{});
    }
  }
}

}  // namespace nudge::kernels
