// Tiles of rows by vectors of 16 columns, kept in registers over all quads.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "nudge/kernels/avx512-inl.h"
#include "nudge/kernels/quad_gemm.h"

namespace nudge::kernels {
namespace {

NUDGE_TARGET_VNNI inline __attribute__((always_inline)) __m512i four_codes(const uint8_t* p) {
  int32_t word;
  std::memcpy(&word, p, sizeof(word));
  return _mm512_set1_epi32(word);
}

// kRows rows from `row` on, kVectors vectors of columns from `column` on; the last is cut by `mask`.
template <int kRows, int kVectors>
NUDGE_TARGET_VNNI void tile(const QuadProduct& g, int64_t row, int64_t column, __mmask16 mask) {
  // Every loop over sums is unrolled, or they would live in memory.
  Sums sum[kRows][kVectors];
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[r][v] = Sums{};
  }
  const int64_t columns = g.weights->columns, quads = (g.weights->terms + 3) / 4;
  const uint8_t* a = g.a + row * g.a_row;
  const uint32_t* b = g.weights->words.data() + column;
  for (int64_t q = 0; q < quads; ++q, a += 4, b += columns) {
    __m512i right[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const __mmask16 lanes = v + 1 == kVectors ? mask : static_cast<__mmask16>(0xffff);
      right[v] = _mm512_maskz_loadu_epi32(lanes, b + v * kLanes);
    }
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r) {
      const __m512i left = four_codes(a + r * g.a_row);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sum[r][v] = add_products(sum[r][v], left, right[v]);
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) {
    const __mmask16 lanes = v + 1 == kVectors ? mask : static_cast<__mmask16>(0xffff);
    const int32_t* sums = g.weights->column_sums.data() + column + v * kLanes;
    const __m512i of_zero =
        _mm512_mullo_epi32(_mm512_set1_epi32(g.zero), _mm512_maskz_loadu_epi32(lanes, sums));
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r) {
      float* to = g.c + (row + r) * columns + column + v * kLanes;
      const __m512i total = _mm512_sub_epi32(reinterpret_cast<__m512i>(sum[r][v]), of_zero);
      _mm512_mask_storeu_ps(to, lanes, _mm512_maskz_cvtepi32_ps(lanes, total));
    }
  }
}

using Tile = void (*)(const QuadProduct&, int64_t, int64_t, __mmask16);

// Tiles of 1 to kMost rows.
template <int kVectors, int kMost>
constexpr std::array<Tile, kMost> tiles() {
  return []<int... rows>(std::integer_sequence<int, rows...>) {
    return std::array<Tile, kMost>{tile<rows + 1, kVectors>...};
  }
  (std::make_integer_sequence<int, kMost>());
}

template <int kVectors, int kMost>
void columns(const QuadProduct& g, int64_t column, int64_t count) {
  static constexpr std::array<Tile, kMost> kTiles = tiles<kVectors, kMost>();
  const __mmask16 mask = lanes_up_to(count - (kVectors - 1) * kLanes);
  for (int64_t row = 0; row < g.rows; row += kMost) {
    const int64_t rows = std::min<int64_t>(kMost, g.rows - row);
    kTiles[static_cast<size_t>(rows - 1)](g, row, column, mask);
  }
}

}  // namespace

void quad_gemm(const QuadProduct& g) {
  for (int64_t column = g.first_column; column < g.last_column;) {
    const int64_t count = std::min<int64_t>(4 * kLanes, g.last_column - column);
    // As many sums as the 32 registers hold beside their operands.
    if (count > 3 * kLanes) {
      columns<4, 6>(g, column, count);
    } else if (count > 2 * kLanes) {
      columns<3, 8>(g, column, count);
    } else if (count > kLanes) {
      columns<2, 12>(g, column, count);
    } else {
      columns<1, 12>(g, column, count);
    }
    column += count;
  }
}

}  // namespace nudge::kernels
