#include <algorithm>

#include "nudge/kernels/channels/channel_passes.h"
#include "nudge/kernels/cpu/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/channels/gather_statistics.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/cpu/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

void statistics(const float* x, int64_t rows, int64_t channels, const ChannelStatistics& s) {
  for_each_vector(channels, [&](auto d, int64_t c) HWY_ATTR {
    const auto shift = hn::LoadU(d, s.shift + c);
    auto sum0 = hn::Zero(d), sum1 = sum0, square0 = sum0, square1 = sum0;
    auto min0 = hn::LoadU(d, s.min + c), min1 = min0, max0 = hn::LoadU(d, s.max + c), max1 = max0;
    const float* p = x + c;
    int64_t r = 0;
    for (; r + 2 <= rows; r += 2, p += 2 * channels) {
      const auto v0 = hn::LoadU(d, p), v1 = hn::LoadU(d, p + channels);
      const auto u0 = hn::Sub(v0, shift), u1 = hn::Sub(v1, shift);
      sum0 = hn::Add(sum0, u0);
      sum1 = hn::Add(sum1, u1);
      square0 = hn::MulAdd(u0, u0, square0);
      square1 = hn::MulAdd(u1, u1, square1);
      min0 = hn::Min(min0, v0);
      min1 = hn::Min(min1, v1);
      max0 = hn::Max(max0, v0);
      max1 = hn::Max(max1, v1);
    }
    if (r < rows) {
      const auto v = hn::LoadU(d, p), u = hn::Sub(v, shift);
      sum0 = hn::Add(sum0, u);
      square0 = hn::MulAdd(u, u, square0);
      min0 = hn::Min(min0, v);
      max0 = hn::Max(max0, v);
    }
    hn::StoreU(hn::Add(hn::LoadU(d, s.sum + c), hn::Add(sum0, sum1)), d, s.sum + c);
    hn::StoreU(hn::Add(hn::LoadU(d, s.square + c), hn::Add(square0, square1)), d, s.square + c);
    hn::StoreU(hn::Min(min0, min1), d, s.min + c);
    hn::StoreU(hn::Max(max0, max1), d, s.max + c);
  });
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(statistics);

}  // namespace

void gather_statistics(const float* x, int64_t rows, int64_t channels, const ChannelStatistics& s) {
  const int64_t block = cached_rows(channels);
  for (int64_t r = 0; r < rows; r += block) {
    NUDGE_DISPATCH(statistics)(x + r * channels, std::min(block, rows - r), channels, s);
  }
}

}  // namespace nudge::kernels
#endif
