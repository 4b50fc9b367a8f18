// Depthwise products of 8-bit codes, exact in 32 bits, for processors with VNNI: the taps of a kernel column
// are summed four at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/kernels/channels/channel_passes.h"

namespace nudge::kernels {

// The kernels that the functions below take: 3 x 3 and 5 x 5, of stride 1 or 2 in both directions, not
// dilated.
bool has_depthwise_codes(int64_t kernel_height, int64_t kernel_width, int64_t stride_height,
                         int64_t stride_width, int64_t dilation_height, int64_t dilation_width);

// A kernel (height, width, channels) of whole numbers within [-127, 127], packed.
struct DepthwiseWeights {
  int64_t side = 0;  // height = width
  int64_t channels = 0;
  std::vector<uint32_t> words;  // (width, ceil(height / 4), channels), taps down a column in the bytes
  std::vector<int32_t> sums;    // over all taps, a channel each

  void pack(const float* steps, int64_t kernel_side, int64_t channel_count);
};

// A row of `pixels` outputs: sums of (code - zero) * weight, dense.  `rows` are the `side` rows of codes
// under the kernel, each beginning with the first pixel's leftmost tap and padded with `zero`.
struct DepthwiseRow {
  const DepthwiseWeights* weights = nullptr;
  const uint8_t* const* rows = nullptr;
  int zero = 0;
  int64_t stride = 1;
  int64_t pixels = 0;
  MatmulOutput out;
};
void depthwise_row(const DepthwiseRow& row);

}  // namespace nudge::kernels
