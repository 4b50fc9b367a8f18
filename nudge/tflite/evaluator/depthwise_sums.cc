#include "nudge/tflite/evaluator/depthwise_sums.h"

#include <algorithm>

#include "nudge/kernels/cpu/dispatch-inl.h"
#include "nudge/tflite/integer_arithmetic.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/tflite/evaluator/depthwise_sums.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace nudge::tflite::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR
// The same for processors without vectors.
void sum_line(const DepthwiseWeights& weights, const std::vector<const int16_t*>& taps, int64_t step,
              int64_t pixels, int32_t* sums) {
  for (int64_t x = 0; x < pixels; ++x) {
    for (int64_t c = 0; c < weights.padded_channels(); ++c) {
      int32_t sum = 0;
      for (size_t t = 0; t < taps.size(); ++t)
        sum = wrapping_sum(sum, taps[t][x * step + c] * weights.tap(static_cast<int64_t>(t))[c]);
      *sums++ = sum;
    }
  }
}
#else
// A vector of channels at a time.  Two taps are interleaved, so that one instruction multiplies both and
// adds.
void sum_line(const DepthwiseWeights& weights, const std::vector<const int16_t*>& taps, int64_t step,
              int64_t pixels, int32_t* HWY_RESTRICT sums) {
  const hn::CappedTag<int16_t, DepthwiseWeights::kChannelsAtOnce> d16;
  const hn::RepartitionToWide<decltype(d16)> d32;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d16)), half = lanes / 2;
  const size_t pairs = taps.size() / 2;
  const int64_t channels = weights.padded_channels();
  std::vector<int16_t> interleaved(taps.size() * static_cast<size_t>(lanes));
  int16_t* HWY_RESTRICT pair_weights = interleaved.data();
  for (int64_t c = 0; c < channels; c += lanes) {
    for (size_t p = 0; p < pairs; ++p) {
      const auto first = hn::LoadU(d16, weights.tap(static_cast<int64_t>(2 * p)) + c);
      const auto second = hn::LoadU(d16, weights.tap(static_cast<int64_t>(2 * p + 1)) + c);
      int16_t* to = pair_weights + static_cast<int64_t>(2 * p) * lanes;
      hn::StoreU(hn::InterleaveLower(d16, first, second), d16, to);
      hn::StoreU(hn::InterleaveUpper(d16, first, second), d16, to + lanes);
    }
    for (int64_t x = 0; x < pixels; ++x) {
      const int64_t at = x * step + c;
      auto low = hn::Zero(d32), low_rest = low, high = low, high_rest = low;
      for (size_t p = 0; p < pairs; ++p) {
        const auto first = hn::LoadU(d16, taps[2 * p] + at), second = hn::LoadU(d16, taps[2 * p + 1] + at);
        const int16_t* HWY_RESTRICT w = pair_weights + static_cast<int64_t>(2 * p) * lanes;
        low = hn::ReorderWidenMulAccumulate(d32, hn::InterleaveLower(d16, first, second), hn::LoadU(d16, w),
                                            low, low_rest);
        high = hn::ReorderWidenMulAccumulate(d32, hn::InterleaveUpper(d16, first, second),
                                             hn::LoadU(d16, w + lanes), high, high_rest);
      }
      // Interleaving works within 16 bytes, so a wider vector's quarters come in turns.
      const auto a = hn::RearrangeToOddPlusEven(low, low_rest),
                 b = hn::RearrangeToOddPlusEven(high, high_rest);
      int32_t* to = sums + x * channels + c;
      const bool in_order = half <= 4;
      hn::StoreU(in_order ? a : hn::ConcatLowerLower(d32, b, a), d32, to);
      hn::StoreU(in_order ? b : hn::ConcatUpperUpper(d32, b, a), d32, to + half);
    }
  }
}
#endif

template <typename Code>
HWY_INLINE void center(const Code* HWY_RESTRICT codes, int64_t count, int16_t zero_point,
                       int16_t* HWY_RESTRICT out) {
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<int16_t>(codes[i] - zero_point);
}

void center_signed(const int8_t* codes, int64_t count, int16_t zero_point, int16_t* out) {
  center(codes, count, zero_point, out);
}
void center_unsigned(const uint8_t* codes, int64_t count, int16_t zero_point, int16_t* out) {
  center(codes, count, zero_point, out);
}

}  // namespace nudge::tflite::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::tflite {

HWY_EXPORT(sum_line);
HWY_EXPORT(center_signed);
HWY_EXPORT(center_unsigned);

DepthwiseWeights::DepthwiseWeights(const std::vector<int16_t>& weights, int64_t taps, int64_t channels)
    : taps_((taps + 1) / 2 * 2),
      padded_channels_((channels + kChannelsAtOnce - 1) / kChannelsAtOnce * kChannelsAtOnce) {
  weights_.resize(static_cast<size_t>(taps_ * padded_channels_));
  for (int64_t t = 0; t < taps; ++t)
    std::copy_n(weights.data() + t * channels, channels, weights_.data() + t * padded_channels_);
}

void depthwise_sums(const DepthwiseWeights& weights, const std::vector<const int16_t*>& taps, int64_t step,
                    int64_t pixels, int32_t* sums) {
  NUDGE_DISPATCH(sum_line)(weights, taps, step, pixels, sums);
}

void center_codes(const int8_t* codes, int64_t count, int16_t zero_point, int16_t* out) {
  NUDGE_DISPATCH(center_signed)(codes, count, zero_point, out);
}

void center_codes(const uint8_t* codes, int64_t count, int16_t zero_point, int16_t* out) {
  NUDGE_DISPATCH(center_unsigned)(codes, count, zero_point, out);
}

}  // namespace nudge::tflite
#endif
