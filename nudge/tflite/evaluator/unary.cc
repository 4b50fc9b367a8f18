// Functions of one value: in int8 by a table of all codes.
#include <fmt/format.h>

#include <cmath>

#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/elementwise.h"
#include "nudge/tflite/evaluator/integer_functions.h"
#include "nudge/tflite/evaluator/wide_functions.h"

namespace nudge::tflite {

namespace {

using Function = float (*)(float);

float gelu(float x) { return 0.5F * x * std::erfc(x * static_cast<float>(-M_SQRT1_2)); }

float approximate_gelu(float x) {
  constexpr auto kScale = static_cast<float>(M_2_SQRTPI * M_SQRT1_2);  // sqrt(2 / pi)
  return 0.5F * x * (1.0F + std::tanh(kScale * (x + 0.044715F * x * x * x)));
}

// Ties to even.
float rounded(float x) {
  const float down = std::floor(x), distance = x - down;
  const bool up = distance > 0.5F || (distance == 0.5F && std::fmod(down, 2.0F) != 0);
  return up ? down + 1 : down;
}

Function function_of(const Preparation& op) {
  switch (op.op()) {
    case BuiltinOperator::kAbs:
      return [](float x) { return std::abs(x); };
    case BuiltinOperator::kCeil:
      return [](float x) { return std::ceil(x); };
    case BuiltinOperator::kCos:
      return [](float x) { return std::cos(x); };
    case BuiltinOperator::kElu:
      return [](float x) { return x < 0 ? std::expm1(x) : x; };
    case BuiltinOperator::kExp:
      return [](float x) { return std::exp(x); };
    case BuiltinOperator::kFloor:
      return [](float x) { return std::floor(x); };
    case BuiltinOperator::kGelu:
      return op.options_or_default<TfLiteGeluOptions>().approximate ? approximate_gelu : gelu;
    case BuiltinOperator::kLog:
      return [](float x) { return std::log(x); };
    case BuiltinOperator::kLogistic:
      return [](float x) { return 1.0F / (1.0F + std::exp(-x)); };
    case BuiltinOperator::kNeg:
      return [](float x) { return -x; };
    case BuiltinOperator::kRound:
      return rounded;
    case BuiltinOperator::kRsqrt:
      return [](float x) { return 1.0F / std::sqrt(x); };
    case BuiltinOperator::kSign:
      return [](float x) { return x > 0 ? 1.0F : x < 0 ? -1.0F : 0.0F; };
    case BuiltinOperator::kSin:
      return [](float x) { return std::sin(x); };
    case BuiltinOperator::kSqrt:
      return [](float x) { return std::sqrt(x); };
    case BuiltinOperator::kSquare:
      return [](float x) { return x * x; };
    default:
      return [](float x) { return std::tanh(x); };
  }
}

// Of codes on both sides.
struct GridPair {
  float scale_in;
  float scale_out;
  int32_t zero_in;
  int32_t zero_out;
};

template <typename Code>
Kernel by_function(const Preparation& op, const GridPair& codes, Function function) {
  const float inverse = 1.0F / codes.scale_out;
  const float lowest =
      static_cast<float>(std::numeric_limits<Code>::min() - codes.zero_out) * codes.scale_out;
  return mapped_by_table<Code>(op, [&](Code code) {
    const float x = codes.scale_in * static_cast<float>(code - codes.zero_in);
    const float y = op.op() == BuiltinOperator::kLog && x <= 0 ? lowest : function(x);
    const float wide = std::round(y * inverse) + static_cast<float>(codes.zero_out);
    return saturate<Code>(round_to_int32(static_cast<double>(wide)));
  });
}

Kernel absolute(const Preparation& op, const GridPair& codes) {
  const bool rescale = codes.scale_in != codes.scale_out;
  const Multiplier factor = quantize_multiplier(static_cast<double>(codes.scale_in / codes.scale_out));
  return mapped_by_table<int8_t>(op, [&](int8_t code) {
    const int32_t value = std::abs(code - codes.zero_in);
    return saturate_int8((rescale ? multiply(value, factor) : value) + codes.zero_out);
  });
}

Kernel reciprocal_root(const Preparation& op, const GridPair& codes) {
  if (codes.zero_in != INT8_MIN) op.unsupported("its input may be negative: its zero point must be -128");
  constexpr int kSpareBits = 20;
  Multiplier factor =
      quantize_multiplier(1.0 / static_cast<double>(std::sqrt(codes.scale_in) * codes.scale_out));
  factor.e -= kSpareBits;
  return mapped_by_table<int8_t>(op, [&](int8_t code) {
    const int32_t value = code - codes.zero_in;
    if (value == 0) return int8_t{INT8_MAX};
    Multiplier root = inverse_square_root(value);
    root.e += kSpareBits;
    return saturate_int8(multiply(multiply(1, root), factor) + codes.zero_out);
  });
}

void expect_output(const Preparation& op, const GridPair& codes, int32_t steps_of_one, int32_t zero_point) {
  if (codes.scale_out != 1.0F / static_cast<float>(steps_of_one) || codes.zero_out != zero_point) {
    op.fail(fmt::format("its output must have scale 1/{} and zero point {}", steps_of_one, zero_point));
  }
}

Kernel wide_function(const Preparation& op, const GridPair& codes) {
  const bool logistic = op.op() == BuiltinOperator::kLogistic;
  if (!logistic && op.op() != BuiltinOperator::kTanh)
    op.unsupported("in int16 the runtime does not compute it either");
  if (codes.zero_in != 0 || codes.zero_out != 0 || power_of_two(codes.scale_out) != -15)
    op.fail("its 16-bit codes must have zero point 0, and its output scale 1/32768");
  const WideSigmoid sigmoid(codes.scale_in, logistic ? 0 : 1);
  if (logistic)
    return mapped<int16_t, int16_t>(op, [sigmoid](int16_t code) { return sigmoid.logistic(code); });
  return mapped<int16_t, int16_t>(op, [sigmoid](int16_t code) { return sigmoid.tanh(code); });
}

}  // namespace

Kernel prepare_unary(const Preparation& op) {
  const Function function = function_of(op);
  if (!op.is_integer_operator()) return mapped<float, float>(op, function);
  const GridPair codes{op.scale(op.input(0)), op.scale(op.output()), op.zero_point(op.input(0)),
                       op.zero_point(op.output())};
  const bool is_unsigned = op.is(op.output(), TensorType::kUInt8);
  if (is_unsigned && op.op() == BuiltinOperator::kLogistic) {
    if (codes.scale_out != 1.0F / 256) op.fail("its output must have scale 1/256");
    return by_function<uint8_t>(op, codes, function);
  }
  if (is_unsigned && op.op() == BuiltinOperator::kTanh) return by_function<uint8_t>(op, codes, function);
  if (op.is(op.output(), TensorType::kInt16)) return wide_function(op, codes);
  if (!op.is(op.output(), TensorType::kInt8))
    op.unsupported("in " + code_name(op.output().type) + " the runtime does not compute it either");
  switch (op.op()) {
    case BuiltinOperator::kAbs:
      return absolute(op, codes);
    case BuiltinOperator::kRsqrt:
      return reciprocal_root(op, codes);
    case BuiltinOperator::kLogistic:
      expect_output(op, codes, 256, -128);
      return by_function<int8_t>(op, codes, function);
    case BuiltinOperator::kTanh:
      expect_output(op, codes, 128, 0);
      return by_function<int8_t>(op, codes, function);
    case BuiltinOperator::kElu:
    case BuiltinOperator::kExp:
    case BuiltinOperator::kGelu:
    case BuiltinOperator::kLog:
      return by_function<int8_t>(op, codes, function);
    default:
      op.unsupported("in int8 the runtime does not compute it either");
  }
}

}  // namespace nudge::tflite
