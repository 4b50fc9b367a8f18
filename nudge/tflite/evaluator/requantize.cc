#include "nudge/tflite/evaluator/requantize.h"

#include "nudge/kernels/cpu/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/tflite/evaluator/requantize.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace nudge::tflite::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <typename Code>
void requantize_one(const int32_t* sums, const Requantization& p, int64_t channel, Code* code) {
  const auto c = static_cast<size_t>(channel);
  const int32_t shifted = shift_left(wrapping_sum(*sums, p.bias[c]), p.left[c]);
  const int64_t value =
      int64_t{rounding_shift_right(high_product(shifted, p.q[c]), p.right[c])} + p.zero_point;
  *code = static_cast<Code>(std::clamp<int64_t>(value, p.low, p.high));
}

#if HWY_TARGET == HWY_SCALAR
template <typename Code>
int64_t requantize_vectors(const int32_t*, const Requantization&, int64_t, int64_t, Code*) {
  return 0;
}
#else
// high_product() of sums + bias and q.  kPlain: no factor shifts to the left and all shift to the right.
template <bool kPlain, class D>
HWY_INLINE hn::Vec<D> product(D d32, const int32_t* HWY_RESTRICT sums, const Requantization& p, size_t c) {
  const hn::RepartitionToWide<D> d64;
  const hn::RebindToUnsigned<decltype(d64)> du64;
  const auto half = hn::Set(d64, int64_t{1} << 30);
  auto x = hn::Add(hn::LoadU(d32, sums), hn::LoadU(d32, p.bias.data() + c));
  if constexpr (!kPlain) x = hn::Shl(x, hn::LoadU(d32, p.left.data() + c));
  // Of the even lanes, then of the odd ones, whose result lands in the upper half.
  const auto even = hn::Add(hn::MulEven(x, hn::LoadU(d32, p.q.data() + c)), half);
  const auto odd_x = hn::BitCast(d32, hn::ShiftRight<32>(hn::BitCast(du64, x)));
  const auto odd = hn::Add(hn::MulEven(odd_x, hn::LoadU(d32, p.q.data() + c + 1)), half);
  return hn::OddEven(hn::BitCast(d32, hn::ShiftLeft<1>(hn::BitCast(du64, odd))),
                     hn::BitCast(d32, hn::ShiftRight<31>(hn::BitCast(du64, even))));
}

// rounding_shift_right(): one bit less is shifted, then rounded; ties away from zero.  No sum overflows, as
// the product is never the largest or the least.
template <bool kPlain, class D>
HWY_INLINE hn::Vec<D> scaled(D d32, const int32_t* HWY_RESTRICT sums, const Requantization& p, size_t c) {
  const auto x = product<kPlain>(d32, sums, p, c);
  const auto one = hn::Set(d32, 1);
  const auto right = hn::LoadU(d32, p.right.data() + c);
  const auto away = hn::Add(x, hn::ShiftRight<31>(x));
  if constexpr (kPlain) return hn::ShiftRight<1>(hn::Add(hn::Shr(away, hn::Sub(right, one)), one));
  const auto less = hn::Sub(hn::Max(right, one), one);
  const auto shifted = hn::ShiftRight<1>(hn::Add(hn::Shr(away, less), one));
  return hn::IfThenElse(hn::Eq(right, hn::Zero(d32)), x, shifted);
}

// Whole vectors; returns how many codes that were.
template <bool kPlain, typename Code>
HWY_INLINE int64_t requantize_vectors(const int32_t* HWY_RESTRICT sums, const Requantization& p,
                                      int64_t first, int64_t count, Code* HWY_RESTRICT codes) {
  const hn::CappedTag<int32_t, 8> d32;
  const hn::Repartition<int16_t, decltype(d32)> d16;
  const hn::Half<decltype(d16)> half;
  const hn::Rebind<Code, decltype(d16)> d8;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d32));
  const auto low = hn::Set(d16, static_cast<int16_t>(p.low));
  const auto high = hn::Set(d16, static_cast<int16_t>(p.high));
  const auto zero_point = hn::Set(d16, static_cast<int16_t>(p.zero_point));
  int64_t i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes) {
    const auto c = static_cast<size_t>(first + i);
    const auto a = scaled<kPlain>(d32, sums + i, p, c);
    const auto b = scaled<kPlain>(d32, sums + i + lanes, p, c + static_cast<size_t>(lanes));
    // What saturates in 16 bits lies beyond any code of 8.
    const auto both = hn::Combine(d16, hn::DemoteTo(half, b), hn::DemoteTo(half, a));
    const auto code = hn::SaturatedAdd(both, zero_point);
    hn::StoreU(hn::DemoteTo(d8, hn::Min(hn::Max(code, low), high)), d8, codes + i);
  }
  return i;
}

template <typename Code>
int64_t requantize_vectors(const int32_t* sums, const Requantization& p, int64_t first, int64_t count,
                           Code* codes) {
  return p.is_plain ? requantize_vectors<true>(sums, p, first, count, codes)
                    : requantize_vectors<false>(sums, p, first, count, codes);
}
#endif

template <typename Code>
void requantize_channels(const int32_t* sums, const Requantization& p, int64_t first, int64_t count,
                         Code* codes) {
  for (int64_t i = requantize_vectors(sums, p, first, count, codes); i < count; ++i) {
    requantize_one(sums + i, p, first + i, codes + i);
  }
}

template <typename Code>
void requantize_rows(const int32_t* sums, int64_t stride, int64_t rows, const Requantization& p,
                     int64_t first, int64_t count, Code* codes) {
  for (int64_t row = 0; row < rows; ++row, sums += stride, codes += count)
    requantize_channels(sums, p, first, count, codes);
}

void requantize_signed(const int32_t* sums, int64_t stride, int64_t rows, const Requantization& p,
                       int64_t first, int64_t count, int8_t* codes) {
  requantize_rows(sums, stride, rows, p, first, count, codes);
}

void requantize_unsigned(const int32_t* sums, int64_t stride, int64_t rows, const Requantization& p,
                         int64_t first, int64_t count, uint8_t* codes) {
  requantize_rows(sums, stride, rows, p, first, count, codes);
}

}  // namespace nudge::tflite::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::tflite {

HWY_EXPORT(requantize_signed);
HWY_EXPORT(requantize_unsigned);

void Requantization::add_channel(int32_t channel_bias, Multiplier factor) {
  bias.push_back(channel_bias);
  // A shift out of the word leaves nothing.
  q.back() = factor.e > 31 ? 0 : factor.q;
  q.push_back(0);
  left.push_back(std::clamp(factor.e, 0, 31));
  right.push_back(std::clamp(-factor.e, 0, 31));
  is_plain = is_plain && factor.e < 0;
}

void requantize(const int32_t* sums, const Requantization& parameters, int64_t first, int64_t count,
                int8_t* codes) {
  NUDGE_DISPATCH(requantize_signed)(sums, 0, 1, parameters, first, count, codes);
}

void requantize(const int32_t* sums, const Requantization& parameters, int64_t first, int64_t count,
                uint8_t* codes) {
  NUDGE_DISPATCH(requantize_unsigned)(sums, 0, 1, parameters, first, count, codes);
}

void requantize_pixels(const int32_t* sums, int64_t stride, int64_t pixels, const Requantization& parameters,
                       int8_t* codes) {
  NUDGE_DISPATCH(requantize_signed)(sums, stride, pixels, parameters, 0, parameters.channels(), codes);
}

void requantize_pixels(const int32_t* sums, int64_t stride, int64_t pixels, const Requantization& parameters,
                       uint8_t* codes) {
  NUDGE_DISPATCH(requantize_unsigned)(sums, stride, pixels, parameters, 0, parameters.channels(), codes);
}

}  // namespace nudge::tflite
#endif
