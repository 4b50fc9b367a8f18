#include "nudge/kernels/channels/min_max.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/channels/min_max.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Widens lows[c], highs[c] by the values of column c.  nans[c] becomes nonzero (NaN) when one is NaN:
// minimum and maximum instructions lose NaNs, x - x keeps them (and makes them of infinities).
template <class D>
HWY_INLINE void widen_columns(D d, const float* x, int64_t rows, int64_t channels, float* lows, float* highs,
                              float* nans) {
  auto low = hn::LoadU(d, lows), high = hn::LoadU(d, highs), nan = hn::LoadU(d, nans);
  for (int64_t r = 0; r < rows; ++r) {
    const auto v = hn::LoadU(d, x + r * channels);
    low = hn::Min(low, v);
    high = hn::Max(high, v);
    nan = hn::IfThenElse(hn::Eq(v, v), nan, v);
  }
  hn::StoreU(low, d, lows);
  hn::StoreU(high, d, highs);
  hn::StoreU(nan, d, nans);
}

void widen_channels(const float* x, int64_t rows, int64_t channels, float* lows, float* highs, float* nans) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) {
    widen_columns(d, x + c, rows, channels, lows + c, highs + c, nans + c);
  }
  for (; c < channels; ++c) {
    widen_columns(hn::CappedTag<float, 1>(), x + c, rows, channels, lows + c, highs + c, nans + c);
  }
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(widen_channels);

constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace

std::vector<MinMax> channel_min_max(const float* x, int64_t rows, int64_t channels) {
  const size_t n = static_cast<size_t>(channels);
  std::vector<float> lows(n, kInfinity), highs(n, -kInfinity), nans(n, 0.0f);
  std::mutex mutex;
  // Rows short enough to stay in cache while the columns go over them.
  const int64_t block = std::max<int64_t>(1, 8192 / std::max<int64_t>(channels, 1));
  parallel_for(rows, block * 4, [&](int64_t begin, int64_t end) {
    std::vector<float> low(n, kInfinity), high(n, -kInfinity), nan(n, 0.0f);
    for (int64_t r = begin; r < end; r += block) {
      NUDGE_DISPATCH(widen_channels)
      (x + r * channels, std::min(block, end - r), channels, low.data(), high.data(), nan.data());
    }
    const std::lock_guard lock(mutex);
    for (size_t c = 0; c < n; ++c) {
      lows[c] = std::min(lows[c], low[c]);
      highs[c] = std::max(highs[c], high[c]);
      if (std::isnan(nan[c])) nans[c] = nan[c];
    }
  });
  std::vector<MinMax> ranges(n);
  for (size_t c = 0; c < n; ++c) {
    ranges[c] = std::isnan(nans[c]) ? MinMax{nans[c], nans[c]} : MinMax{lows[c], highs[c]};
  }
  return ranges;
}

MinMax min_max_of(const float* x, int64_t n) {
  // As rows of 64, which columns of vectors go over, and what is left.
  constexpr int64_t kWidth = 64;
  std::vector<MinMax> parts = channel_min_max(x, n / kWidth, kWidth);
  const std::vector<MinMax> tail = channel_min_max(x + n / kWidth * kWidth, n % kWidth, 1);
  parts.insert(parts.end(), tail.begin(), tail.end());
  MinMax all{kInfinity, -kInfinity};
  for (const MinMax& part : parts) {
    if (std::isnan(part.min)) return part;
    all = {std::min(all.min, part.min), std::max(all.max, part.max)};
  }
  return all;
}

}  // namespace nudge::kernels
#endif
