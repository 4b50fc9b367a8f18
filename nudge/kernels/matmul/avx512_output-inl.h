// Where a product's sums go from the registers that they were made in.
#pragma once

#include "nudge/kernels/channels/channel_passes.h"
#include "nudge/kernels/cpu/avx512-inl.h"

// Intrinsics come in their masked forms: GCC 12 takes the others for uses of uninitialised registers.
namespace nudge::kernels {

// Whole vectors without a mask: what is loaded soon again comes sooner.
NUDGE_INLINE_VNNI void store_floats(__m512 x, __mmask16 lanes, float* to) {
  if (lanes == lanes_up_to(kLanes)) {
    _mm512_storeu_ps(to, x);
  } else {
    _mm512_mask_storeu_ps(to, lanes, x);
  }
}

// What apply_rows.cc makes of sums, to the bit, for 16 channels from `channel` on or those in `lanes`.
struct CodesAt {
  NUDGE_INLINE_VNNI CodesAt(const CodesApply& apply, int64_t channel, __mmask16 channel_lanes)
      : shift(_mm512_maskz_loadu_ps(channel_lanes, apply.affine.shift + channel)),
        gain(_mm512_maskz_loadu_ps(channel_lanes, apply.affine.gain + channel)),
        offset(_mm512_maskz_loadu_ps(channel_lanes, apply.affine.offset + channel)),
        low(_mm512_set1_ps(apply.low)),
        high(_mm512_set1_ps(apply.high)),
        min(_mm512_set1_ps(apply.grid.nudged_min)),
        inverse(_mm512_set1_ps(apply.grid.inverse)),
        steps_below(_mm512_set1_ps(static_cast<float>(apply.grid.zero_point - apply.grid.qmin))),
        zero(_mm_set1_epi8(static_cast<char>(apply.grid.zero_point))),
        lanes(channel_lanes) {}

  NUDGE_INLINE_VNNI void store(__m512i sums, uint8_t* codes) const {
    const __m512 centred = _mm512_sub_ps(_mm512_maskz_cvtepi32_ps(lanes, sums), shift);
    const __m512 activated = _mm512_maskz_min_ps(
        lanes, _mm512_maskz_max_ps(lanes, _mm512_fmadd_ps(centred, gain, offset), low), high);
    const __m512 scaled = _mm512_mul_ps(_mm512_sub_ps(activated, min), inverse);
    const __m512 above = _mm512_add_ps(_mm512_sub_ps(scaled, steps_below), _mm512_set1_ps(0.5f));
    const __m512i steps =
        _mm512_maskz_cvt_roundps_epi32(lanes, above, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    // A code fits a byte: its upper bits need neither be added to nor be saturated.
    const __m128i code = _mm_add_epi8(_mm512_maskz_cvtepi32_epi8(lanes, steps), zero);
    if (lanes == lanes_up_to(kLanes)) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(codes), code);
    } else {
      _mm_mask_storeu_epi8(codes, lanes, code);
    }
  }

  __m512 shift, gain, offset, low, high, min, inverse, steps_below;
  __m128i zero;
  __mmask16 lanes;
};

// What gather_statistics.cc gathers, for the same channels; the order of the sums is that of the calls.
struct StatisticsAt {
  NUDGE_INLINE_VNNI StatisticsAt(const ChannelStatistics& all, int64_t first, __mmask16 channel_lanes)
      : statistics(all),
        channel(first),
        lanes(channel_lanes),
        shift(_mm512_maskz_loadu_ps(lanes, all.shift + channel)),
        sum(_mm512_maskz_loadu_ps(lanes, all.sum + channel)),
        square(_mm512_maskz_loadu_ps(lanes, all.square + channel)),
        min(_mm512_maskz_loadu_ps(lanes, all.min + channel)),
        max(_mm512_maskz_loadu_ps(lanes, all.max + channel)) {}

  NUDGE_INLINE_VNNI void add(__m512 x) {
    const __m512 centred = _mm512_sub_ps(x, shift);
    sum = _mm512_add_ps(sum, centred);
    square = _mm512_fmadd_ps(centred, centred, square);
    min = _mm512_maskz_min_ps(lanes, min, x);
    max = _mm512_maskz_max_ps(lanes, max, x);
  }

  // Of two at once, for shorter chains of sums that wait for each other.
  NUDGE_INLINE_VNNI void add(__m512 x, __m512 y) {
    const __m512 a = _mm512_sub_ps(x, shift), b = _mm512_sub_ps(y, shift);
    sum = _mm512_add_ps(sum, _mm512_add_ps(a, b));
    square = _mm512_add_ps(square, _mm512_fmadd_ps(a, a, _mm512_mul_ps(b, b)));
    min = _mm512_maskz_min_ps(lanes, min, _mm512_maskz_min_ps(lanes, x, y));
    max = _mm512_maskz_max_ps(lanes, max, _mm512_maskz_max_ps(lanes, x, y));
  }

  NUDGE_INLINE_VNNI void store() const {
    store_floats(sum, lanes, statistics.sum + channel);
    store_floats(square, lanes, statistics.square + channel);
    store_floats(min, lanes, statistics.min + channel);
    store_floats(max, lanes, statistics.max + channel);
  }

  const ChannelStatistics& statistics;
  int64_t channel;
  __mmask16 lanes;
  __m512 shift, sum, square, min, max;
};

// Whole numbers, rounded to the nearest and to even between two.
NUDGE_INLINE_VNNI void store_bfloat16(__m512 x, __mmask16 lanes, Bfloat16* to) {
  const __m512i bits = _mm512_castps_si512(x);
  const __m512i odd = _mm512_and_si512(_mm512_maskz_srli_epi32(lanes, bits, 16), _mm512_set1_epi32(1));
  const __m512i up = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  const __m256i half = _mm512_maskz_cvtepi32_epi16(lanes, _mm512_maskz_srli_epi32(lanes, up, 16));
  if (lanes == lanes_up_to(kLanes)) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), half);
  } else {
    _mm256_mask_storeu_epi16(to, lanes, half);
  }
}

NUDGE_INLINE_VNNI void store_real(__m512 x, __mmask16 lanes, const MatmulOutput& out, int64_t at) {
  if (out.halves != nullptr) {
    store_bfloat16(x, lanes, out.halves + at);
  } else if (out.floats != nullptr) {
    store_floats(x, lanes, out.floats + at);
  }
}

template <int kRows, int kVectors>
NUDGE_INLINE_VNNI void write_lanes(const Sums (&sum)[kRows][kVectors], int v, const MatmulOutput& out,
                                   int64_t at, int64_t pitch, int64_t channel, __mmask16 lanes) {
  if (out.codes != nullptr) {
    const CodesAt codes(*out.apply, channel, lanes);
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r)
      codes.store(reinterpret_cast<__m512i>(sum[r][v]), out.codes + at + r * pitch);
    return;
  }
  if (out.statistics == nullptr) {
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r) {
      const __m512 x = _mm512_maskz_cvtepi32_ps(lanes, reinterpret_cast<__m512i>(sum[r][v]));
      store_floats(x, lanes, out.floats + at + r * pitch);
    }
    return;
  }
  StatisticsAt statistics(*out.statistics, channel, lanes);
#pragma GCC unroll 6
  for (int r = 0; r < kRows; r += 2) {
    const __m512 x = _mm512_maskz_cvtepi32_ps(lanes, reinterpret_cast<__m512i>(sum[r][v]));
    store_real(x, lanes, out, at + r * pitch);
    if (r + 1 == kRows) {
      statistics.add(x);
      continue;
    }
    const __m512 y = _mm512_maskz_cvtepi32_ps(lanes, reinterpret_cast<__m512i>(sum[r + 1][v]));
    store_real(y, lanes, out, at + (r + 1) * pitch);
    statistics.add(x, y);
  }
  statistics.store();
}

// Asks for the floats that write_rows will write, before the sums are made: stores that wait for memory would
// keep those of the statistics waiting.
template <int kRows, int kVectors>
NUDGE_INLINE_VNNI void fetch_rows(float* to, int64_t pitch) {
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) __builtin_prefetch(to + r * pitch + v * kLanes, 1);
  }
}

// Rows of sums, the v-th vector of each, to out.at(at) and on, `pitch` elements a row.
template <int kRows, int kVectors>
NUDGE_INLINE_VNNI void write_rows(const Sums (&sum)[kRows][kVectors], int v, const MatmulOutput& out,
                                  int64_t at, int64_t pitch, int64_t channel, __mmask16 lanes) {
  if (lanes == lanes_up_to(kLanes)) {
    write_lanes(sum, v, out, at, pitch, channel, lanes_up_to(kLanes));
  } else {
    write_lanes(sum, v, out, at, pitch, channel, lanes);
  }
}

}  // namespace nudge::kernels
