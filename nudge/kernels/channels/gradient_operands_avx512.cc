// The gradient as operands of bfloat16 products, with AVX-512 BF16's conversions: two rows at a time.
#include <algorithm>

#include "nudge/kernels/channels/gradient_operands.h"
#include "nudge/kernels/cpu/avx512-inl.h"
#include "nudge/kernels/values/panels.h"

namespace nudge::kernels {
namespace {

NUDGE_INLINE_BF16 __m512 load(const float* p, __mmask16 lanes) { return _mm512_maskz_loadu_ps(lanes, p); }
NUDGE_INLINE_BF16 __m512 load(const Bfloat16* p, __mmask16 lanes) {
  const __m512i wide = _mm512_maskz_cvtepu16_epi32(lanes, _mm256_maskz_loadu_epi16(lanes, p));
  return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(lanes, wide, 16));
}

// What gradient_rows.cc computes, for 16 channels from `channel` on or those in `lanes`.
template <bool kSloped>
struct GradientAt {
  NUDGE_INLINE_BF16 GradientAt(const ChannelAffine& affine, const ActivationLimits& limits,
                               const GradientAffine& by, int64_t channel, __mmask16 channels)
      : shift(load(affine.shift + channel, channels)),
        gain(load(affine.gain + channel, channels)),
        offset(load(affine.offset + channel, channels)),
        by_gradient(load(by.by_gradient + channel, channels)),
        by_value(load(by.by_value + channel, channels)),
        constant(load(by.constant + channel, channels)),
        low(_mm512_set1_ps(limits.pass_low)),
        high(_mm512_set1_ps(limits.pass_high)),
        slope(_mm512_set1_ps(limits.slope)),
        lanes(channels) {}

  NUDGE_INLINE_BF16 __m512 operator()(__m512 x, __m512 dy) const {
    const __m512 u = _mm512_sub_ps(x, shift);
    __m512 y = _mm512_fmadd_ps(u, gain, offset);
    if constexpr (kSloped) {
      const __mmask16 bent = _mm512_cmp_ps_mask(y, _mm512_setzero_ps(), _CMP_NGT_UQ);
      y = _mm512_mask_mul_ps(y, bent, y, slope);
      dy = _mm512_mask_mul_ps(dy, bent, dy, slope);
    }
    const __mmask16 pass =
        _mm512_mask_cmp_ps_mask(_mm512_cmp_ps_mask(y, low, _CMP_GE_OQ), y, high, _CMP_LE_OQ);
    return _mm512_fmadd_ps(_mm512_maskz_mov_ps(pass, dy), by_gradient,
                           _mm512_fmadd_ps(u, by_value, constant));
  }

  __m512 shift, gain, offset, by_gradient, by_value, constant, low, high, slope;
  __mmask16 lanes;
};

// GCC 12 takes the intrinsics that cut a register in two for reads of what was not set.
using Half = int64_t __attribute__((vector_size(32)));
using Whole = int64_t __attribute__((vector_size(64)));
NUDGE_INLINE_BF16 __m256i lower(__m512i x) {
  const Whole whole = reinterpret_cast<Whole>(x);
  return reinterpret_cast<__m256i>(Half(__builtin_shufflevector(whole, whole, 0, 1, 2, 3)));
}
NUDGE_INLINE_BF16 __m256i upper(__m512i x) {
  const Whole whole = reinterpret_cast<Whole>(x);
  return reinterpret_cast<__m256i>(Half(__builtin_shufflevector(whole, whole, 4, 5, 6, 7)));
}

// Two rows in bfloat16: side by side, and their numbers in pairs.
struct TwoRows {
  NUDGE_INLINE_BF16 TwoRows(__m512 even, __m512 odd) {
    rows = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(odd, even));
    const __m512i first = _mm512_maskz_cvtepu16_epi32(0xffff, lower(rows));
    const __m512i second = _mm512_maskz_cvtepu16_epi32(0xffff, upper(rows));
    pairs = _mm512_or_si512(first, _mm512_maskz_slli_epi32(0xffff, second, 16));
  }

  NUDGE_INLINE_BF16 __m512 even() const {
    return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(0xffff, pairs, 16));
  }
  NUDGE_INLINE_BF16 __m512 odd() const {
    return _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32(static_cast<int>(0xffff0000u))));
  }

  NUDGE_INLINE_BF16 void store(Bfloat16* row, int64_t pitch, bool both, uint32_t* words,
                               __mmask16 lanes) const {
    _mm256_mask_storeu_epi16(row, lanes, lower(rows));
    if (both) _mm256_mask_storeu_epi16(row + pitch, lanes, upper(rows));
    _mm512_store_si512(words, pairs);
  }

  __m512i rows, pairs;
};

template <bool kSloped, class T>
NUDGE_TARGET_BF16 void write_operands(const T* x, const T* dy, int64_t rows, int64_t channels,
                                      const ChannelAffine& affine, const ActivationLimits& limits,
                                      const GradientAffine& by, const GradientOperands& out) {
  // So many rows share the constants of their channels.
  constexpr int64_t kRows = 4;
  for (int64_t first = 0; first < rows; first += kRows) {
    const int64_t last = std::min(rows, first + kRows);
    for (int64_t c = 0; c < channels; c += kLanes) {
      const __mmask16 lanes = lanes_up_to(channels - c);
      const GradientAt<kSloped> gradient_at(affine, limits, by, c, lanes);
      for (int64_t r = first; r < last; r += 2) {
        const bool both = r + 1 < rows;
        const int64_t at = r * channels + c, row = r * out.pitch + c;
        const int64_t words = in_panels(c, out.panel) + r / 2 * kPanelColumns;
        // Rows are short, and the processor guesses no further than their ends.
        for (const T* next : {x + at + kRows * channels, dy + at + kRows * channels}) {
          __builtin_prefetch(next);
          __builtin_prefetch(next + channels);
        }
        const __m512 even = gradient_at(load(x + at, lanes), load(dy + at, lanes));
        __m512 odd = _mm512_setzero_ps();
        if (both) odd = gradient_at(load(x + at + channels, lanes), load(dy + at + channels, lanes));
        const TwoRows high(even, odd);
        high.store(out.rows + row, out.pitch, both, out.pairs + words, lanes);
        if (out.rows_low == nullptr) continue;
        const TwoRows low(_mm512_sub_ps(even, high.even()), _mm512_sub_ps(odd, high.odd()));
        low.store(out.rows_low + row, out.pitch, both, out.pairs_low + words, lanes);
      }
    }
  }
}

}  // namespace

void write_gradient_operands_avx512(const ConstReals& x, const ConstReals& dy, int64_t rows, int64_t channels,
                                    const ChannelAffine& affine, const ActivationLimits& limits,
                                    const GradientAffine& gradient, const GradientOperands& out) {
  if (x.bf16 != nullptr) {
    (limits.sloped ? write_operands<true, Bfloat16> : write_operands<false, Bfloat16>)(x.bf16, dy.bf16, rows,
                                                                                       channels, affine,
                                                                                       limits, gradient, out);
  } else {
    (limits.sloped ? write_operands<true, float> : write_operands<false, float>)(x.f32, dy.f32, rows,
                                                                                 channels, affine, limits,
                                                                                 gradient, out);
  }
}

}  // namespace nudge::kernels
