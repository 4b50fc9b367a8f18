#include <algorithm>

#include "nudge/kernels/convolution/depthwise_int8.h"
#include "nudge/kernels/matmul/avx512_output-inl.h"

namespace nudge::kernels {
namespace {

// Codes of 16 channels, one a word.
NUDGE_INLINE_VNNI __m512i spread(const uint8_t* p, __mmask16 lanes) {
  return _mm512_maskz_cvtepu8_epi32(lanes, _mm_maskz_loadu_epi8(lanes, p));
}

// Up to four rows of codes at one pixel: those of a channel in the bytes of its word.
template <int kRows>
NUDGE_INLINE_VNNI __m512i column_of(const uint8_t* const* rows, int64_t offset, __mmask16 lanes) {
  __m512i words = spread(rows[0] + offset, lanes);
#pragma GCC unroll 4
  for (int r = 1; r < kRows; ++r) {
    words = _mm512_or_si512(
        words, _mm512_maskz_slli_epi32(lanes, spread(rows[r] + offset, lanes), static_cast<unsigned>(8 * r)));
  }
  return words;
}

// kPixels outputs from pixel `first` on, of 16 channels from `channel` on.
template <int kSide, int kStride, int kPixels>
NUDGE_INLINE_VNNI void some_pixels(const DepthwiseRow& g, int64_t first, int64_t channel, __mmask16 lanes) {
  constexpr int kQuads = (kSide + 3) / 4, kLast = kSide - 4 * (kQuads - 1);
  const int64_t channels = g.weights->channels;
  const uint32_t* words = g.weights->words.data() + channel;
  __m512i weights[kSide][kQuads];
#pragma GCC unroll 8
  for (int x = 0; x < kSide; ++x) {
#pragma GCC unroll 2
    for (int q = 0; q < kQuads; ++q)
      weights[x][q] = _mm512_maskz_loadu_epi32(lanes, words + (x * kQuads + q) * channels);
  }
  const auto start = reinterpret_cast<Sums>(_mm512_mullo_epi32(
      _mm512_set1_epi32(-g.zero), _mm512_maskz_loadu_epi32(lanes, g.weights->sums.data() + channel)));
  Sums sum[kPixels][1];
#pragma GCC unroll 8
  for (int p = 0; p < kPixels; ++p) sum[p][0] = start;
    // Each column of inputs is gathered once for all the outputs that it is under.
#pragma GCC unroll 32
  for (int column = 0; column < (kPixels - 1) * kStride + kSide; ++column) {
    const int64_t offset = (first * kStride + column) * channels + channel;
    __m512i codes[kQuads];
    if constexpr (kQuads == 1) {
      codes[0] = column_of<kLast>(g.rows, offset, lanes);
    } else {
      codes[0] = column_of<4>(g.rows, offset, lanes);
      codes[1] = column_of<kLast>(g.rows + 4, offset, lanes);
    }
#pragma GCC unroll 8
    for (int x = 0; x < kSide; ++x) {
      if (column < x || (column - x) % kStride != 0 || (column - x) / kStride >= kPixels) continue;
      const int p = (column - x) / kStride;
#pragma GCC unroll 2
      for (int q = 0; q < kQuads; ++q) sum[p][0] = add_products(sum[p][0], codes[q], weights[x][q]);
    }
  }
  write_rows(sum, 0, g.out, first * channels + channel, channels, channel, lanes);
}

template <int kSide, int kStride>
NUDGE_TARGET_VNNI void whole_row(const DepthwiseRow& g) {
  constexpr int kPixels = kStride == 1 ? 8 : 4;
  const int64_t channels = g.weights->channels;
  int64_t p = 0;
  for (; p + kPixels <= g.pixels; p += kPixels) {
    for (int64_t c = 0; c < channels; c += kLanes)
      some_pixels<kSide, kStride, kPixels>(g, p, c, lanes_up_to(channels - c));
  }
  for (; p < g.pixels; ++p) {
    for (int64_t c = 0; c < channels; c += kLanes)
      some_pixels<kSide, kStride, 1>(g, p, c, lanes_up_to(channels - c));
  }
}

}  // namespace

bool has_depthwise_codes(int64_t kernel_height, int64_t kernel_width, int64_t stride_height,
                         int64_t stride_width, int64_t dilation_height, int64_t dilation_width) {
  return kernel_height == kernel_width && (kernel_height == 3 || kernel_height == 5) &&
         stride_height == stride_width && stride_height <= 2 && dilation_height == 1 && dilation_width == 1;
}

void DepthwiseWeights::pack(const float* steps, int64_t kernel_side, int64_t channel_count) {
  side = kernel_side;
  channels = channel_count;
  const int64_t quads = (side + 3) / 4;
  words.assign(static_cast<size_t>(side * quads * channels), 0u);
  sums.assign(static_cast<size_t>(channels), 0);
  for (int64_t y = 0; y < side; ++y) {
    for (int64_t x = 0; x < side; ++x) {
      const float* from = steps + (y * side + x) * channels;
      uint32_t* to = words.data() + (x * quads + y / 4) * channels;
      for (int64_t c = 0; c < channels; ++c) {
        const auto weight = static_cast<int8_t>(from[c]);
        to[c] |= static_cast<uint32_t>(static_cast<uint8_t>(weight)) << static_cast<uint32_t>(8 * (y % 4));
        sums[static_cast<size_t>(c)] += weight;
      }
    }
  }
}

void depthwise_row(const DepthwiseRow& row) {
  if (row.weights->side == 3) {
    row.stride == 1 ? whole_row<3, 1>(row) : whole_row<3, 2>(row);
  } else {
    row.stride == 1 ? whole_row<5, 1>(row) : whole_row<5, 2>(row);
  }
}

}  // namespace nudge::kernels
