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
// Whole vectors; returns how many codes that were.
template <typename Code>
int64_t requantize_vectors(const int32_t* HWY_RESTRICT sums, const Requantization& p, int64_t first,
                           int64_t count, Code* HWY_RESTRICT codes) {
  const hn::CappedTag<int32_t, 16> d32;
  const hn::Repartition<int64_t, decltype(d32)> d64;
  const hn::RepartitionToWide<hn::Repartition<uint32_t, decltype(d32)> > du64;
  const hn::Rebind<Code, decltype(d32)> d8;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d32));
  const auto one = hn::Set(d32, 1);
  const auto half = hn::Set(d64, int64_t{1} << 30);
  const auto low = hn::Set(d32, p.low - p.zero_point);
  const auto high = hn::Set(d32, p.high - p.zero_point);
  const auto zero_point = hn::Set(d32, p.zero_point);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const int64_t c = first + i;
    const auto sum = hn::Add(hn::LoadU(d32, sums + i), hn::LoadU(d32, p.bias.data() + c));
    const auto x = hn::Shl(sum, hn::LoadU(d32, p.left.data() + c));
    const auto q = hn::LoadU(d32, p.q.data() + c);
    // high_product() of the even lanes, then of the odd ones, whose result lands in the upper half.
    const auto even = hn::Add(hn::MulEven(x, q), half);
    const auto odd_x = hn::BitCast(d32, hn::ShiftRight<32>(hn::BitCast(du64, x)));
    const auto odd_q = hn::BitCast(d32, hn::ShiftRight<32>(hn::BitCast(du64, q)));
    const auto odd = hn::Add(hn::MulEven(odd_x, odd_q), half);
    const auto product = hn::OddEven(hn::BitCast(d32, hn::ShiftLeft<1>(hn::BitCast(du64, odd))),
                                     hn::BitCast(d32, hn::ShiftRight<31>(hn::BitCast(du64, even))));
    // rounding_shift_right().
    const auto right = hn::LoadU(d32, p.right.data() + c);
    const auto mask = hn::Sub(hn::Shl(one, right), one);
    const auto is_negative = hn::ShiftRight<31>(product);  // -1 or 0
    const auto threshold =
        hn::Sub(hn::ShiftRight<1>(hn::BitCast(hn::RebindToUnsigned<decltype(d32)>(), mask)),
                hn::BitCast(hn::RebindToUnsigned<decltype(d32)>(), is_negative));
    const auto above = hn::VecFromMask(d32, hn::Gt(hn::And(product, mask), hn::BitCast(d32, threshold)));
    const auto rounded = hn::Sub(hn::Shr(product, right), above);
    const auto code = hn::Add(hn::Min(hn::Max(rounded, low), high), zero_point);
    hn::StoreU(hn::DemoteTo(d8, code), d8, codes + i);
  }
  return i;
}
#endif

template <typename Code>
void requantize_channels(const int32_t* sums, const Requantization& p, int64_t first, int64_t count,
                         Code* codes) {
  for (int64_t i = requantize_vectors(sums, p, first, count, codes); i < count; ++i) {
    requantize_one(sums + i, p, first + i, codes + i);
  }
}

void requantize_signed(const int32_t* sums, const Requantization& p, int64_t first, int64_t count,
                       int8_t* codes) {
  requantize_channels(sums, p, first, count, codes);
}

void requantize_unsigned(const int32_t* sums, const Requantization& p, int64_t first, int64_t count,
                         uint8_t* codes) {
  requantize_channels(sums, p, first, count, codes);
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
  q.push_back(factor.e > 31 ? 0 : factor.q);
  left.push_back(std::clamp(factor.e, 0, 31));
  right.push_back(std::clamp(-factor.e, 0, 31));
}

void requantize(const int32_t* sums, const Requantization& parameters, int64_t first, int64_t count,
                int8_t* codes) {
  NUDGE_DISPATCH(requantize_signed)(sums, parameters, first, count, codes);
}

void requantize(const int32_t* sums, const Requantization& parameters, int64_t first, int64_t count,
                uint8_t* codes) {
  NUDGE_DISPATCH(requantize_unsigned)(sums, parameters, first, count, codes);
}

}  // namespace nudge::tflite
#endif
