// RELU, RELU6, RELU_N1_TO_1, RELU_0_TO_1, LEAKY_RELU and PRELU.
#include <algorithm>
#include <cmath>
#include <limits>

#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/elementwise.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

namespace {

ActivationRange<float> range_of(BuiltinOperator op) {
  switch (op) {
    case BuiltinOperator::kRelu:
      return {0, std::numeric_limits<float>::infinity()};
    case BuiltinOperator::kRelu6:
      return {0, 6};
    case BuiltinOperator::kReluN1To1:
      return {-1, 1};
    default:
      return {0, 1};
  }
}

Multiplier float_multiplier(float factor) { return quantize_multiplier(static_cast<double>(factor)); }

// function(code) -> a code, saturated; 8-bit codes by a table.
template <typename Function>
Kernel mapped_codes(const Preparation& op, const Function& function) {
  return for_codes(op, op.output(), [&](auto type) {
    using Code = decltype(type);
    const auto saturated = [function](Code code) { return saturate<Code>(function(code)); };
    if constexpr (sizeof(Code) == 1) return mapped_by_table<Code>(op, saturated);
    return mapped<Code, Code>(op, saturated);
  });
}

}  // namespace

Kernel prepare_relu(const Preparation& op) {
  const ActivationRange<float> real = range_of(op.op());
  if (!op.is_integer_operator()) {
    return mapped<float, float>(op, [real](float x) { return std::clamp(x, real.low, real.high); });
  }
  const Multiplier factor = float_multiplier(op.scale(op.input(0)) / op.scale(op.output()));
  const ActivationRange<int32_t> range = op.code_range(real, op.output());
  const int32_t zero_in = op.zero_point(op.input(0));
  const int32_t zero_out = op.zero_point(op.output());
  return mapped_codes(op, [=](int32_t code) {
    const int64_t value = int64_t{multiply(code - zero_in, factor)} + zero_out;
    return std::clamp<int64_t>(value, range.low, range.high);
  });
}

Kernel prepare_leaky_relu(const Preparation& op) {
  const float alpha = op.options<TfLiteLeakyReluOptions>().alpha;
  if (!std::isfinite(alpha)) op.fail("its slope is not finite");
  if (!op.is_integer_operator())
    return mapped<float, float>(op, [alpha](float x) { return x >= 0 ? x : x * alpha; });
  const float in = op.scale(op.input(0));
  const float out = op.scale(op.output());
  const Multiplier positive = float_multiplier(in / out);
  // A negative slope is multiplied by its size and negated, which rounds ties the other way.
  const Multiplier negative = float_multiplier(std::abs(in * alpha / out));
  const int32_t zero_in = op.zero_point(op.input(0));
  const int32_t zero_out = op.zero_point(op.output());
  return mapped_codes(op, [=](int32_t code) {
    const int32_t x = code - zero_in;
    if (x >= 0) return int64_t{multiply(x, positive)} + zero_out;
    const int32_t value = multiply(x, negative);
    return int64_t{alpha < 0 ? -value : value} + zero_out;
  });
}

Kernel prepare_prelu(const Preparation& op) {
  op.expect_type(op.input(1), op.input(0).type);
  if (!op.is_integer_operator())
    return paired<float>(op, [](float x, float alpha) { return x >= 0 ? x : x * alpha; });
  const TfLiteTensor& slope = op.input(1);
  const float in = op.scale(op.input(0));
  const float out = op.scale(op.output());
  return for_bytes(op, op.output(), [&](auto type) {
    using Code = decltype(type);
    return paired<Code>(
        op, [positive = float_multiplier(in / out), negative = float_multiplier(in * op.scale(slope) / out),
             zero_in = op.zero_point(op.input(0)), zero_slope = op.zero_point(slope),
             zero_out = op.zero_point(op.output())](Code code, Code alpha) {
          const int32_t x = code - zero_in;
          const int32_t value = x >= 0 ? multiply(x, positive) : multiply(x * (alpha - zero_slope), negative);
          return saturate<Code>(int64_t{value} + zero_out);
        });
  });
}

}  // namespace nudge::tflite
