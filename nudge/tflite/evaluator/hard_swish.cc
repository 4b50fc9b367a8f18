// HARD_SWISH: x * clamp(x + 3, 0, 6) / 6.
#include <algorithm>

#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/elementwise.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

namespace {

// The runtime computes in 16 bits, with the input's codes shifted up to use them all.
constexpr int kInputShift = 7;

struct Factor16 {
  int16_t q;
  int e;
};

Factor16 make_factor(float factor) {
  const Multiplier wide = quantize_multiplier(static_cast<double>(factor));
  constexpr int32_t kWouldOverflow = 0x7FFF0000;
  return {static_cast<int16_t>(wide.q >= kWouldOverflow ? INT16_MAX : (wide.q + (1 << 15)) >> 16), wide.e};
}

// clamp(x + 3, 0, 6) / 6 as 0 to 2^15, from x on the input's scale.
int32_t gate(int16_t x, Factor16 factor) {
  int16_t value = x;
  if (factor.e > 0) value = saturate_int16(saturating_shift_left(value, factor.e - 1));
  value = high_product16(value, factor.q);
  if (factor.e > 0) value = saturate_int16(value * 2);
  if (factor.e < 0) value = static_cast<int16_t>(rounding_shift_right(value, std::min(-factor.e, 31)));
  return (value + 32768) >> 1;
}

}  // namespace

Kernel prepare_hard_swish(const Preparation& op) {
  if (!op.is_integer_operator()) {
    return mapped<float, float>(op, [](float x) { return x * std::clamp(x + 3.0F, 0.0F, 6.0F) / 6.0F; });
  }
  const float fine_scale = op.scale(op.input(0)) / (1 << kInputShift);
  const Factor16 to_output = make_factor(fine_scale / op.scale(op.output()));
  const Factor16 to_gate = make_factor(fine_scale / (3.0F / 32768.0F));
  if (to_output.e > 0) op.unsupported("its output's scale is too fine for its input's");
  const int32_t zero_in = op.zero_point(op.input(0));
  const int32_t zero_out = op.zero_point(op.output());
  return for_bytes(op, op.output(), [&](auto type) {
    using Code = decltype(type);
    return mapped_by_table<Code>(op, [&](Code code) {
      const auto x = static_cast<int16_t>((code - zero_in) * (1 << kInputShift));
      const int32_t product = gate(x, to_gate) * high_product16(x, to_output.q);
      return saturate<Code>(rounding_shift_right(product / 32768, std::min(-to_output.e, 31)) + zero_out);
    });
  });
}

}  // namespace nudge::tflite
