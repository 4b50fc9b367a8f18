#include "nudge/tflite/evaluator/quantize_values.h"

#include <cmath>
#include <limits>

#include "nudge/kernels/cpu/dispatch-inl.h"
#include "nudge/tflite/integer_arithmetic.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/tflite/evaluator/quantize_values.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace nudge::tflite::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <typename Code>
void quantize_all(const float* HWY_RESTRICT values, int64_t count, float scale, int32_t zero_point,
                  Code* HWY_RESTRICT codes) {
  constexpr int32_t kLow = std::numeric_limits<Code>::min(), kHigh = std::numeric_limits<Code>::max();
  const hn::CappedTag<float, 8> df;
  const hn::RebindToSigned<decltype(df)> d32;
  const hn::Rebind<Code, decltype(df)> dc;
  const auto lanes = static_cast<int64_t>(hn::Lanes(df));
  const auto divisor = hn::Set(df, scale);
  const auto half = hn::Set(df, 0.5F), one = hn::Set(df, 1.0F);
  const auto low = hn::Set(df, static_cast<float>(kLow - zero_point));
  const auto high = hn::Set(df, static_cast<float>(kHigh - zero_point));
  const auto zero = hn::Set(d32, zero_point);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto quotient = hn::Div(hn::LoadU(df, values + i), divisor);
    const auto x = hn::IfThenElseZero(hn::Eq(quotient, quotient), quotient);
    const auto whole = hn::Trunc(x);
    const auto is_far = hn::Ge(hn::Abs(hn::Sub(x, whole)), half);
    const auto rounded = hn::Add(whole, hn::IfThenElseZero(is_far, hn::CopySign(one, x)));
    const auto code = hn::Add(hn::ConvertTo(d32, hn::Min(hn::Max(rounded, low), high)), zero);
    hn::StoreU(hn::DemoteTo(dc, code), dc, codes + i);
  }
  for (; i < count; ++i) {
    const int64_t code =
        int64_t{round_to_int32(static_cast<double>(std::round(values[i] / scale)))} + zero_point;
    codes[i] = static_cast<Code>(std::clamp<int64_t>(code, kLow, kHigh));
  }
}

void quantize_signed(const float* values, int64_t count, float scale, int32_t zero_point, int8_t* codes) {
  quantize_all(values, count, scale, zero_point, codes);
}
void quantize_unsigned(const float* values, int64_t count, float scale, int32_t zero_point, uint8_t* codes) {
  quantize_all(values, count, scale, zero_point, codes);
}
void quantize_wide(const float* values, int64_t count, float scale, int32_t zero_point, int16_t* codes) {
  quantize_all(values, count, scale, zero_point, codes);
}

}  // namespace nudge::tflite::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::tflite {

HWY_EXPORT(quantize_signed);
HWY_EXPORT(quantize_unsigned);
HWY_EXPORT(quantize_wide);

void quantize_values(const float* values, int64_t count, float scale, int32_t zero_point, int8_t* codes) {
  NUDGE_DISPATCH(quantize_signed)(values, count, scale, zero_point, codes);
}

void quantize_values(const float* values, int64_t count, float scale, int32_t zero_point, uint8_t* codes) {
  NUDGE_DISPATCH(quantize_unsigned)(values, count, scale, zero_point, codes);
}

void quantize_values(const float* values, int64_t count, float scale, int32_t zero_point, int16_t* codes) {
  NUDGE_DISPATCH(quantize_wide)(values, count, scale, zero_point, codes);
}

}  // namespace nudge::tflite
#endif
