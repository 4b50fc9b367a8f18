// Squares of 16 by 16 words, turned over in registers.
#include <algorithm>

#include "nudge/kernels/cpu/avx512-inl.h"
#include "nudge/kernels/matmul/transpose_pairs.h"
#include "nudge/kernels/values/panels.h"

namespace nudge::kernels {
namespace {

using Words = uint32_t __attribute__((vector_size(64)));
using Square = Words[kLanes];

// Rows become columns.
NUDGE_INLINE_BF16 void turn(Square& w) {
  Square t;
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    t[i] = __builtin_shufflevector(w[i], w[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    t[i + 1] =
        __builtin_shufflevector(w[i], w[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
#pragma GCC unroll 2
    for (int j = 0; j < 2; ++j) {
      const Words a = t[i + j], b = t[i + j + 2];
      w[i + 2 * j] = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
      w[i + 2 * j + 1] =
          __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
  }
#pragma GCC unroll 2
  for (int i = 0; i < 16; i += 8) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const Words a = w[i + j], b = w[i + j + 4];
      t[i + j] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
      t[i + j + 4] =
          __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    }
  }
#pragma GCC unroll 8
  for (int j = 0; j < 8; ++j) {
    const Words a = t[j], b = t[j + 8];
    w[j] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    w[j + 8] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
}

NUDGE_INLINE_BF16 Words pair(Words first, Words second) { return (second & 0xffff0000u) | first >> 16; }

// Steps of 16 codes, bfloat16 numbers in the upper halves of floats.
NUDGE_INLINE_BF16 Words steps_of(const uint8_t* codes, __m512i zero, __mmask16 lanes) {
  const __m512i wide = _mm512_maskz_cvtepu8_epi32(lanes, _mm_maskz_loadu_epi8(lanes, codes));
  return reinterpret_cast<Words>(_mm512_maskz_cvtepi32_ps(lanes, _mm512_sub_epi32(wide, zero)));
}

NUDGE_INLINE_BF16 Words pair_of_codes(const RowsToTurn& x, int64_t row, int64_t column, __mmask16 lanes) {
  const __m512i zero = _mm512_set1_epi32(x.zero);
  const uint8_t* at = x.codes + row * x.pitch + column;
  const Words second = row + 1 < x.rows ? steps_of(at + x.pitch, zero, lanes) : Words{};
  return pair(steps_of(at, zero, lanes), second);
}

NUDGE_INLINE_BF16 Words pair_of_halves(const RowsToTurn& x, int64_t row, int64_t column, __mmask16 lanes) {
  const Bfloat16* at = x.halves + row * x.pitch + column;
  const __m512i first = _mm512_maskz_cvtepu16_epi32(lanes, _mm256_maskz_loadu_epi16(lanes, at));
  if (row + 1 >= x.rows) return reinterpret_cast<Words>(first);
  const __m512i second = _mm512_maskz_cvtepu16_epi32(lanes, _mm256_maskz_loadu_epi16(lanes, at + x.pitch));
  return reinterpret_cast<Words>(first) | reinterpret_cast<Words>(second) << 16;
}

template <bool kCodes>
NUDGE_TARGET_BF16 void transpose(const RowsToTurn& x, int64_t first, int64_t columns, uint32_t* words,
                                 int64_t pitch) {
  const int64_t pairs = (x.rows + 1) / 2;
  for (int64_t c = 0; c < columns; c += kLanes) {
    const __mmask16 lanes = lanes_up_to(columns - c);
    for (int64_t p = 0; p < pitch; p += kLanes) {
      Square square;
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) {
        const int64_t row = 2 * (p + i);
        if (p + i >= pairs) {
          square[i] = Words{};
        } else {
          square[i] =
              kCodes ? pair_of_codes(x, row, first + c, lanes) : pair_of_halves(x, row, first + c, lanes);
        }
      }
      turn(square);
      uint32_t* to = words + c * pitch + p;
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i)
        _mm512_storeu_si512(to + i * pitch, reinterpret_cast<__m512i>(square[i]));
    }
  }
}

}  // namespace

void transpose_pairs_avx512(const RowsToTurn& x, int64_t first, int64_t columns, uint32_t* words,
                            int64_t words_pitch) {
  (x.codes != nullptr ? transpose<true> : transpose<false>)(x, first, columns, words, words_pitch);
}

NUDGE_TARGET_BF16 void pack_transposed_panel_avx512(const float* rows, int64_t count, int64_t n,
                                                    uint32_t* panel) {
  for (int64_t j = 0; j < n; j += 2 * kLanes, panel += kLanes * kPanelColumns) {
    const int64_t left = n - j;
    const __mmask16 low = lanes_up_to(left), high = lanes_up_to(std::max<int64_t>(0, left - kLanes));
    Square square;
#pragma GCC unroll 16
    for (int r = 0; r < kLanes; ++r) {
      if (r >= count) {
        square[r] = Words{};
        continue;
      }
      const float* row = rows + r * n + j;
      const __m512bh halves =
          _mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(high, row + kLanes), _mm512_maskz_loadu_ps(low, row));
      square[r] = reinterpret_cast<Words>(halves);
    }
    turn(square);
#pragma GCC unroll 16
    for (int p = 0; p < kLanes; ++p)
      _mm512_storeu_si512(panel + p * kPanelColumns, reinterpret_cast<__m512i>(square[p]));
  }
}

}  // namespace nudge::kernels
