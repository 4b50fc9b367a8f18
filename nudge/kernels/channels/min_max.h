// The smallest and largest value of a tensor or of each of its channels.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nudge::kernels {

// Both are NaN when any value is, so that nudge_range() reports it; [+inf, -inf] when there is no value.
struct MinMax {
  float min = 0.0f;
  float max = 0.0f;

  bool operator==(const MinMax&) const = default;
};

// On the pool of threads; the same result at any thread count.
MinMax min_max_of(const float* x, int64_t n);
// Of a row-major (rows, channels) tensor, a range a column: the last axis of NHWC or of a kernel.
std::vector<MinMax> channel_min_max(const float* x, int64_t rows, int64_t channels);

}  // namespace nudge::kernels
