#include "nudge/tflite/evaluator/depthwise_sums.h"

#include <type_traits>

#include "nudge/kernels/cpu/dispatch-inl.h"
#include "nudge/tflite/integer_arithmetic.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/tflite/evaluator/depthwise_sums.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace nudge::tflite::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The taps of one output pixel that lie on the image: of each row of the kernel, a run of neighbours.
template <typename Code>
struct Taps {
  const DepthwiseLine<Code>& line;
  int64_t first_row, last_row, first_column, last_column;
  int64_t left;  // the column of the kernel's first tap

  Taps(const DepthwiseLine<Code>& l, int64_t column)
      : line(l),
        first_row(l.height.first_tap(l.row)),
        last_row(l.height.last_tap(l.row)),
        first_column(l.width.first_tap(column)),
        last_column(l.width.last_tap(column)),
        left(l.width.start(column)) {}

  // use(codes, weights) of each tap, both from channel `channel` on.
  template <typename Use>
  HWY_INLINE void each(int64_t channel, const Use& use) const {
    for (int64_t ky = first_row; ky < last_row; ++ky) {
      const int64_t y = line.height.start(line.row) + ky * line.height.dilation;
      for (int64_t kx = first_column; kx < last_column; ++kx) {
        const int64_t x = left + kx * line.width.dilation;
        use(line.image + (y * line.width.in + x) * line.channels + channel,
            line.weights + (ky * line.width.kernel + kx) * line.channels + channel);
      }
    }
  }
};

// Whole vectors of channels; returns how many channels that were.
template <typename Code>
HWY_INLINE int64_t sum_vectors(const Taps<Code>& taps, int32_t* HWY_RESTRICT sums) {
#if HWY_TARGET == HWY_SCALAR
  (void)taps;
  (void)sums;
  return 0;
#else
  const hn::CappedTag<int32_t, 16> d32;
  const hn::Rebind<int16_t, decltype(d32)> d16;
  const hn::Rebind<Code, decltype(d32)> d8;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d32));
  const auto zero = hn::Set(d16, static_cast<int16_t>(taps.line.zero_point));
  int64_t c = 0;
  for (; c + lanes <= taps.line.channels; c += lanes) {
    auto sum = hn::Zero(d32);
    taps.each(c, [&](const Code* codes, const int16_t* weights) {
      const auto x = hn::Sub(hn::PromoteTo(d16, hn::LoadU(d8, codes)), zero);
      const auto w = hn::LoadU(d16, weights);
      // A signed code less its zero point times a signed weight fits 16 bits.
      if constexpr (std::is_signed_v<Code>) {
        sum = hn::Add(sum, hn::PromoteTo(d32, hn::Mul(x, w)));
      } else {
        sum = hn::Add(sum, hn::Mul(hn::PromoteTo(d32, x), hn::PromoteTo(d32, w)));
      }
    });
    hn::StoreU(sum, d32, sums + c);
  }
  return c;
#endif
}

template <typename Code>
HWY_INLINE void sum_line(const DepthwiseLine<Code>& line, int32_t* sums) {
  for (int64_t column = 0; column < line.width.out; ++column, sums += line.channels) {
    const Taps<Code> taps(line, column);
    for (int64_t c = sum_vectors(taps, sums); c < line.channels; ++c) {
      int32_t sum = 0;
      taps.each(c, [&](const Code* codes, const int16_t* weights) {
        sum = wrapping_sum(sum, (*codes - line.zero_point) * *weights);
      });
      sums[c] = sum;
    }
  }
}

template <typename Code>
HWY_INLINE void center(const Code* HWY_RESTRICT codes, int64_t count, int16_t zero_point,
                       int16_t* HWY_RESTRICT out) {
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<int16_t>(codes[i] - zero_point);
}

void sum_signed(const DepthwiseLine<int8_t>& line, int32_t* sums) { sum_line(line, sums); }
void sum_unsigned(const DepthwiseLine<uint8_t>& line, int32_t* sums) { sum_line(line, sums); }
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

HWY_EXPORT(sum_signed);
HWY_EXPORT(sum_unsigned);
HWY_EXPORT(center_signed);
HWY_EXPORT(center_unsigned);

void depthwise_sums(const DepthwiseLine<int8_t>& line, int32_t* sums) {
  NUDGE_DISPATCH(sum_signed)(line, sums);
}

void depthwise_sums(const DepthwiseLine<uint8_t>& line, int32_t* sums) {
  NUDGE_DISPATCH(sum_unsigned)(line, sums);
}

void center_codes(const int8_t* codes, int64_t count, int16_t zero_point, int16_t* out) {
  NUDGE_DISPATCH(center_signed)(codes, count, zero_point, out);
}

void center_codes(const uint8_t* codes, int64_t count, int16_t zero_point, int16_t* out) {
  NUDGE_DISPATCH(center_unsigned)(codes, count, zero_point, out);
}

}  // namespace nudge::tflite
#endif
