// Tiles of rows by vectors of 16 columns, kept in registers over all pairs.

#include "nudge/kernels/matmul/avx512_tiles-inl.h"
#include "nudge/kernels/matmul/matmul_bf16.h"

namespace nudge::kernels {
namespace {

NUDGE_INLINE_BF16 __m512 load(__mmask16 mask, const Bfloat16* p) {
  // GCC 12 takes the unmasked forms for reads of what was not set (its bug 105593).
  const __m512i wide = _mm512_maskz_cvtepu16_epi32(mask, _mm256_maskz_loadu_epi16(mask, p));
  return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(mask, wide, 16));
}

NUDGE_INLINE_BF16 void store(__m512 sum, __mmask16 mask, const Bf16Matmul& g, int64_t at) {
  if (g.c.f32 != nullptr) {
    if (g.accumulate) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, g.c.f32 + at));
    _mm512_mask_storeu_ps(g.c.f32 + at, mask, sum);
  } else {
    if (g.accumulate) sum = _mm512_add_ps(sum, load(mask, g.c.bf16 + at));
    _mm256_mask_storeu_epi16(g.c.bf16 + at, mask, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(sum)));
  }
}

// kRows rows from `row` on, kVectors vectors of columns from `column` on; the last is cut by `mask`.
template <int kRows, int kVectors>
struct Tile {
  NUDGE_TARGET_BF16 static void run(const Bf16Matmul& g, int64_t row, int64_t column, __mmask16 mask) {
    // Every loop over sums is unrolled, or they would live in memory.
    __m512 sum[kRows][kVectors];
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sum[r][v] = _mm512_setzero_ps();
    }
    const uint32_t* a = g.a + row * g.a_row;
    const uint32_t* b = g.b + in_panels(column, g.b_panel);
    for (int64_t p = 0; p < g.pairs; ++p, ++a, b += kLanes) {
      __m512bh right[kVectors];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v)
        right[v] = reinterpret_cast<__m512bh>(_mm512_load_si512(b + v * g.b_panel));
#pragma GCC unroll 12
      for (int r = 0; r < kRows; ++r) {
        const auto left = reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<int>(a[r * g.a_row])));
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sum[r][v] = _mm512_dpbf16_ps(sum[r][v], left, right[v]);
      }
    }
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        const __mmask16 lanes = v + 1 == kVectors ? mask : static_cast<__mmask16>(0xffff);
        store(sum[r][v], lanes, g, (row + r) * g.c_row + column + v * kLanes);
      }
    }
  }
};

}  // namespace

void matmul_bf16_avx512(const Bf16Matmul& g) {
  run_tiles<Tile>(g, g.rows, 0, g.columns);
  if (g.a_low == nullptr && g.b_low == nullptr) return;
  Bf16Matmul low = g;
  if (g.a_low != nullptr) low.a = g.a_low;
  if (g.b_low != nullptr) low.b = g.b_low;
  low.accumulate = true;
  run_tiles<Tile>(low, g.rows, 0, g.columns);
}

}  // namespace nudge::kernels
