// Tiles of rows by vectors of 16 columns, kept in registers over all quads.
#include <cstring>

#include "nudge/kernels/matmul/avx512_output-inl.h"
#include "nudge/kernels/matmul/avx512_tiles-inl.h"
#include "nudge/kernels/matmul/matmul_int8.h"
#include "nudge/kernels/values/panels.h"

namespace nudge::kernels {
namespace {

NUDGE_INLINE_VNNI __m512i four_codes(const uint8_t* p) {
  int32_t word;
  std::memcpy(&word, p, sizeof(word));
  return _mm512_set1_epi32(word);
}

// kRows rows from `row` on, kVectors vectors of columns from `column` on; the last is cut by `mask`.
template <int kRows, int kVectors>
struct Tile {
  NUDGE_TARGET_VNNI static void run(const Int8Matmul& g, int64_t row, int64_t column, __mmask16 mask) {
    // Every loop over sums is unrolled, or they would live in memory.
    Sums sum[kRows][kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const __mmask16 lanes = v + 1 == kVectors ? mask : static_cast<__mmask16>(0xffff);
      const int32_t* sums = g.weights->column_sums.data() + column + v * kLanes;
      const auto start = reinterpret_cast<Sums>(
          _mm512_mullo_epi32(_mm512_set1_epi32(-g.zero), _mm512_maskz_loadu_epi32(lanes, sums)));
#pragma GCC unroll 12
      for (int r = 0; r < kRows; ++r) sum[r][v] = start;
    }
    const int64_t columns = g.weights->columns, quads = g.weights->quads(), panel = g.weights->words.panel();
    if (g.c.floats != nullptr) fetch_rows<kRows, kVectors>(g.c.floats + row * columns + column, columns);
    const uint8_t* a = g.a + row * g.a_row;
    const uint32_t* b = g.weights->words.data() + in_panels(column, panel);
    for (int64_t q = 0; q < quads; ++q, a += 4, b += kLanes) {
      __m512i right[kVectors];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) right[v] = _mm512_load_si512(b + v * panel);
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
      const int64_t channel = column + v * kLanes;
      write_rows(sum, v, g.c, row * columns + channel, columns, channel, lanes);
    }
  }
};

}  // namespace

void matmul_int8_vnni(const Int8Matmul& g) { run_tiles<Tile>(g, g.rows, g.first_column, g.last_column); }

}  // namespace nudge::kernels
