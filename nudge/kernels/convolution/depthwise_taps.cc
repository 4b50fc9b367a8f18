#include "nudge/kernels/convolution/depthwise_taps.h"

#include <algorithm>

#include "nudge/kernels/cpu/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/convolution/depthwise_taps.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/cpu/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

// kPixels pixels share each weight they load.
template <int kPixels, class D>
HWY_INLINE void sum_pixels(D d, const float* in, int64_t in_step, const float* weights,
                           std::span<const Tap> taps, float* out, int64_t out_step, bool accumulate) {
  hn::Vec<D> sum[kPixels];
#pragma GCC unroll 8
  for (int p = 0; p < kPixels; ++p) sum[p] = accumulate ? hn::LoadU(d, out + p * out_step) : hn::Zero(d);
  for (const Tap& tap : taps) {
    const auto w = hn::LoadU(d, weights + tap.weight);
    const float* x = in + tap.input;
#pragma GCC unroll 8
    for (int p = 0; p < kPixels; ++p) sum[p] = hn::MulAdd(hn::LoadU(d, x + p * in_step), w, sum[p]);
  }
#pragma GCC unroll 8
  for (int p = 0; p < kPixels; ++p) hn::StoreU(sum[p], d, out + p * out_step);
}

void sum_row(const float* in, int64_t in_step, const float* weights, std::span<const Tap> taps,
             const PixelRow& row, float* out, int64_t out_step, bool accumulate) {
  constexpr int kPixels = 6;
  int64_t p = 0;
  for (; p + kPixels <= row.count; p += kPixels, in += kPixels * in_step, out += kPixels * out_step) {
    for_each_vector(row.channels, [&](auto d, int64_t c) HWY_ATTR {
      sum_pixels<kPixels>(d, in + c, in_step, weights + c, taps, out + c, out_step, accumulate);
    });
  }
  for (; p < row.count; ++p, in += in_step, out += out_step) {
    for_each_vector(row.channels, [&](auto d, int64_t c) HWY_ATTR {
      sum_pixels<1>(d, in + c, in_step, weights + c, taps, out + c, out_step, accumulate);
    });
  }
}

template <int kTaps, class D>
HWY_INLINE void tap_gradients(D d, const float* in, int64_t in_step, const float* dy, const Tap* taps,
                              int64_t pixels, int64_t channels, float* gradients) {
  hn::Vec<D> sum[kTaps];
#pragma GCC unroll 9
  for (int t = 0; t < kTaps; ++t) sum[t] = hn::LoadU(d, gradients + taps[t].weight);
  for (int64_t p = 0; p < pixels; ++p, in += in_step, dy += channels) {
    const auto g = hn::LoadU(d, dy);
#pragma GCC unroll 9
    for (int t = 0; t < kTaps; ++t) sum[t] = hn::MulAdd(hn::LoadU(d, in + taps[t].input), g, sum[t]);
  }
#pragma GCC unroll 9
  for (int t = 0; t < kTaps; ++t) hn::StoreU(sum[t], d, gradients + taps[t].weight);
}

void gradients_row(const float* in, int64_t in_step, const float* dy, std::span<const Tap> taps,
                   const PixelRow& row, float* gradients) {
  // So few pixels at a time that their inputs stay in the first-level cache for all channels and taps.
  const int64_t most = std::max<int64_t>(4, 1536 / row.channels);
  for (int64_t p = 0; p < row.count; p += most) {
    const int64_t pixels = std::min(most, row.count - p);
    for_each_vector(row.channels, [&](auto d, int64_t c) HWY_ATTR {
      const float* x = in + p * in_step + c;
      const float* g = dy + p * row.channels + c;
      size_t t = 0;
      for (; t + 9 <= taps.size(); t += 9) {
        tap_gradients<9>(d, x, in_step, g, &taps[t], pixels, row.channels, gradients + c);
      }
      for (; t + 3 <= taps.size(); t += 3) {
        tap_gradients<3>(d, x, in_step, g, &taps[t], pixels, row.channels, gradients + c);
      }
      for (; t < taps.size(); ++t) {
        tap_gradients<1>(d, x, in_step, g, &taps[t], pixels, row.channels, gradients + c);
      }
    });
  }
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(sum_row);
HWY_EXPORT(gradients_row);

}  // namespace

void sum_taps(const float* in, int64_t in_step, const float* weights, std::span<const Tap> taps,
              const PixelRow& row, float* out, int64_t out_step, bool accumulate) {
  NUDGE_DISPATCH(sum_row)(in, in_step, weights, taps, row, out, out_step, accumulate);
}

void add_tap_gradients(const float* in, int64_t in_step, const float* dy, std::span<const Tap> taps,
                       const PixelRow& row, float* gradients) {
  NUDGE_DISPATCH(gradients_row)(in, in_step, dy, taps, row, gradients);
}

}  // namespace nudge::kernels
#endif
