#include <algorithm>

#include "nudge/kernels/cpu/avx512-inl.h"
#include "nudge/kernels/matmul/amx_tiles-inl.h"
#include "nudge/kernels/matmul/tiled_bf16-inl.h"

namespace nudge::kernels {
namespace {

NUDGE_TARGET_BF16 void write_tile(const float* sums, int64_t rows, int64_t columns, const Reals& to,
                                  int64_t pitch, bool accumulate) {
  const __mmask16 lanes = lanes_up_to(columns);
  for (int64_t r = 0; r < rows; ++r) {
    __m512 sum = _mm512_load_ps(sums + r * kPanelColumns);
    if (to.f32 != nullptr) {
      float* row = to.f32 + r * pitch;
      if (accumulate) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(lanes, row));
      _mm512_mask_storeu_ps(row, lanes, sum);
      continue;
    }
    Bfloat16* row = to.bf16 + r * pitch;
    if (accumulate) {
      const __m512i there = _mm512_maskz_cvtepu16_epi32(lanes, _mm256_maskz_loadu_epi16(lanes, row));
      sum = _mm512_add_ps(sum, _mm512_castsi512_ps(_mm512_maskz_slli_epi32(lanes, there, 16)));
    }
    _mm256_mask_storeu_epi16(row, lanes, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(sum)));
  }
}

NUDGE_TARGET_BF16 void add_tile(const float* sums, int64_t rows, int64_t columns, const int64_t* row_at,
                                float* to) {
  const __mmask16 lanes = lanes_up_to(columns);
  for (int64_t r = 0; r < rows; ++r) {
    float* row = to + row_at[r];
    const __m512 sum =
        _mm512_add_ps(_mm512_load_ps(sums + r * kPanelColumns), _mm512_maskz_loadu_ps(lanes, row));
    _mm512_mask_storeu_ps(row, lanes, sum);
  }
}

template <class Tiles>
using Real = RealSums<Tiles, write_tile>;
template <class Tiles>
using Scattered = ScatteredSums<Tiles, add_tile>;

}  // namespace

void matmul_bf16_amx(const Bf16Matmul& product) {
  AmxTiles tiles;
  matmul_bf16_in_tiles<Real>(tiles, product);
}

void scatter_bf16_amx(const Bf16Scatter& product) {
  AmxTiles tiles;
  matmul_bf16_in_tiles<Scattered>(tiles, product);
}

}  // namespace nudge::kernels
