// ADD, SUB, MUL, DIV, POW, FLOOR_DIV, SQUARED_DIFFERENCE, MAXIMUM and MINIMUM, with broadcasting.
#include <algorithm>
#include <cmath>

#include "nudge/tflite/elementwise.h"
#include "nudge/tflite/integer_arithmetic.h"
#include "nudge/tflite/integer_sum.h"

namespace nudge::tflite {

namespace {

FusedActivation activation_of(const Preparation& op) {
  switch (op.op()) {
    case BuiltinOperator::kAdd:
      return op.options_or_default<TfLiteAddOptions>().activation;
    case BuiltinOperator::kSub:
      return op.options_or_default<TfLiteSubOptions>().activation;
    case BuiltinOperator::kMul:
      return op.options_or_default<TfLiteMulOptions>().activation;
    case BuiltinOperator::kDiv:
      return op.options_or_default<TfLiteDivOptions>().activation;
    default:
      return FusedActivation::kNone;
  }
}

struct IntegerProduct {
  Multiplier factor;
  int32_t zero_left;
  int32_t zero_right;
  int32_t zero_out;
  ActivationRange<int32_t> range;

  int8_t operator()(int8_t x, int8_t y) const {
    const int64_t code = int64_t{multiply((x - zero_left) * (y - zero_right), factor)} + zero_out;
    return static_cast<int8_t>(std::clamp<int64_t>(code, range.low, range.high));
  }
};

// Both sides are brought to one scale, twice the larger, as in a sum.
struct IntegerSquaredDifference {
  static constexpr int kSpareBits = 7;
  Multiplier left;
  Multiplier right;
  Multiplier out;
  int32_t zero_left;
  int32_t zero_right;
  int32_t zero_out;

  IntegerSquaredDifference(const Preparation& op, double a, double b, double result)
      : zero_left(op.zero_point(op.input(0))),
        zero_right(op.zero_point(op.input(1))),
        zero_out(op.zero_point(op.output())) {
    const double common = 2 * std::max(a, b);
    left = quantize_multiplier(a / common);
    right = quantize_multiplier(b / common);
    out = quantize_multiplier(common * common / ((1 << (2 * kSpareBits)) * result));
  }

  int8_t operator()(int8_t x, int8_t y) const {
    const int32_t difference = multiply((x - zero_left) * (1 << kSpareBits), left) -
                               multiply((y - zero_right) * (1 << kSpareBits), right);
    return saturate_int8(multiply(difference * difference, out) + zero_out);
  }
};

Kernel prepare_integer(const Preparation& op) {
  const TfLiteTensor& a = op.input(0);
  const TfLiteTensor& b = op.input(1);
  const TfLiteTensor& out = op.output();
  const ActivationRange<int32_t> range = op.code_range(activation_of(op), out);
  if (op.op() == BuiltinOperator::kMul) {
    const float factor = op.scale(a) * op.scale(b) / op.scale(out);
    return paired<int8_t>(op, IntegerProduct{quantize_multiplier(static_cast<double>(factor)),
                                             op.zero_point(a), op.zero_point(b), op.zero_point(out), range});
  }
  const auto scale_a = static_cast<double>(op.scale(a)), scale_b = static_cast<double>(op.scale(b));
  const auto scale_out = static_cast<double>(op.scale(out));
  if (op.op() == BuiltinOperator::kSquaredDifference)
    return paired<int8_t>(op, IntegerSquaredDifference(op, scale_a, scale_b, scale_out));
  if (op.op() != BuiltinOperator::kAdd && op.op() != BuiltinOperator::kSub)
    op.unsupported("in int8 the runtime does not compute it either");
  IntegerSum sum{.zero_left = op.zero_point(a),
                 .zero_right = op.zero_point(b),
                 .zero_out = op.zero_point(out),
                 .low = range.low,
                 .high = range.high,
                 .subtract = op.op() == BuiltinOperator::kSub};
  sum.set_scales(scale_a, scale_b, scale_out);
  return paired<int8_t>(op, sum);
}

template <typename T>
Kernel extremum(const Preparation& op) {
  if (op.op() == BuiltinOperator::kMaximum) return paired<T>(op, [](T x, T y) { return std::max(x, y); });
  return paired<T>(op, [](T x, T y) { return std::min(x, y); });
}

}  // namespace

Kernel prepare_arithmetic(const Preparation& op) {
  op.expect_type(op.input(1), op.input(0).type);
  if (op.is_int8_operator()) return prepare_integer(op);
  const auto clamped = [range = op.real_range(activation_of(op))](float value) {
    return std::clamp(value, range.low, range.high);
  };
  switch (op.op()) {
    case BuiltinOperator::kAdd:
      return paired<float>(op, [=](float x, float y) { return clamped(x + y); });
    case BuiltinOperator::kSub:
      return paired<float>(op, [=](float x, float y) { return clamped(x - y); });
    case BuiltinOperator::kMul:
      return paired<float>(op, [=](float x, float y) { return clamped(x * y); });
    case BuiltinOperator::kDiv:
      return paired<float>(op, [=](float x, float y) { return clamped(x / y); });
    case BuiltinOperator::kPow:
      return paired<float>(op, [](float x, float y) { return std::pow(x, y); });
    case BuiltinOperator::kFloorDiv:
      return paired<float>(op, [](float x, float y) { return std::floor(x / y); });
    default:
      return paired<float>(op, [](float x, float y) { return (x - y) * (x - y); });
  }
}

Kernel prepare_extremum(const Preparation& op) {
  op.expect_type(op.input(1), op.input(0).type);
  if (!op.is_int8_operator()) return extremum<float>(op);
  // The runtime compares codes as they are.
  op.expect_same_quantization(op.input(0), op.output());
  op.expect_same_quantization(op.input(1), op.output());
  return extremum<int8_t>(op);
}

}  // namespace nudge::tflite
