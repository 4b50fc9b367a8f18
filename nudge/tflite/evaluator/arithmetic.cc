// ADD, SUB, MUL, DIV, POW, FLOOR_DIV, SQUARED_DIFFERENCE, MAXIMUM and MINIMUM, with broadcasting.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/elementwise.h"
#include "nudge/tflite/evaluator/requantize.h"
#include "nudge/tflite/evaluator/wide_functions.h"
#include "nudge/tflite/integer_arithmetic.h"
#include "nudge/tflite/integer_sum.h"

namespace nudge::tflite {

namespace {

struct IntegerProduct {
  Multiplier factor;
  int32_t zero_left;
  int32_t zero_right;
  int32_t zero_out;
  ActivationRange<int32_t> range;

  int64_t operator()(int32_t x, int32_t y) const {
    const auto product = static_cast<int32_t>(int64_t{x - zero_left} * (y - zero_right));
    return std::clamp<int64_t>(int64_t{multiply(product, factor)} + zero_out, range.low, range.high);
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

// function(code, code) -> a code within its type.
template <typename Function>
Kernel paired_codes(const Preparation& op, const Function& function) {
  return for_codes(op, op.output(), [&](auto code) {
    using Code = decltype(code);
    return paired<Code>(op, [function](Code x, Code y) { return static_cast<Code>(function(x, y)); });
  });
}

// Sums of 16-bit codes whose scales are powers of two: one side has the result's scale, the other a finer
// one.
struct ShiftedSum {
  int shift_left;  // to the right
  int shift_right;
  bool subtract;
  ActivationRange<int32_t> range;

  int32_t operator()(int32_t x, int32_t y) const {
    const int32_t a = rounding_shift_right(x, shift_left), b = rounding_shift_right(y, shift_right);
    return std::clamp<int32_t>(saturate_int16(subtract ? a - b : a + b), range.low, range.high);
  }
};

bool wants_powers_of_two(const Preparation& op) {
  if (op.op() == BuiltinOperator::kAdd) return op.options_or_default<TfLiteAddOptions>().pot_scale_int16;
  return op.options_or_default<TfLiteSubOptions>().pot_scale_int16;
}

std::optional<ShiftedSum> shifted_sum(const Preparation& op, ActivationRange<int32_t> range) {
  if (!op.is(op.output(), TensorType::kInt16) || !wants_powers_of_two(op)) return std::nullopt;
  const auto a = power_of_two(op.scale(op.input(0))), b = power_of_two(op.scale(op.input(1))),
             out = power_of_two(op.scale(op.output()));
  if (!a || !b || !out) return std::nullopt;
  constexpr int kMostBits = 31;
  const int left = *out - *a, right = *out - *b;
  if (std::min(left, right) != 0 || std::max(left, right) > kMostBits)
    op.fail("one of its inputs must have its output's scale, the other a finer one");
  return ShiftedSum{left, right, op.op() == BuiltinOperator::kSub, range};
}

// IntegerSum of two tensors of one shape, 8-bit codes: each side's term is one of 256.
template <typename Code>
Kernel summed(const Preparation& op, const IntegerSum& sum) {
  constexpr int64_t kAtOnce = 256;
  std::array<int32_t, 256> left{}, right{};
  for (int i = 0; i <= UINT8_MAX; ++i) {
    const auto at = static_cast<size_t>(i);
    left[at] = sum.term(static_cast<Code>(i) - sum.zero_left, sum.left);
    right[at] = sum.term(static_cast<Code>(i) - sum.zero_right, sum.right);
    if (sum.subtract) right[at] = -right[at];
  }
  Requantization output{.zero_point = sum.zero_out, .low = sum.low, .high = sum.high};
  for (int64_t i = 0; i < kAtOnce; ++i) output.add_channel(0, sum.out);
  op.set_output_shape(op.input(0).shape);
  return [=, a = op.input_index(0), b = op.input_index(1), out = op.output_index()](Arrays& arrays) {
    const Code* x = arrays[a].data<Code>();
    const Code* y = arrays[b].data<Code>();
    Code* to = arrays[out].data<Code>();
    parallel_for(arrays[out].size(), kElementsATask, [&](int64_t begin, int64_t end) {
      std::array<int32_t, kAtOnce> sums{};
      for (int64_t i = begin; i < end; i += kAtOnce) {
        const int64_t count = std::min(kAtOnce, end - i);
        for (int64_t j = 0; j < count; ++j) {
          sums[static_cast<size_t>(j)] =
              wrapping_sum(left[static_cast<uint8_t>(x[i + j])], right[static_cast<uint8_t>(y[i + j])]);
        }
        requantize(sums.data(), output, 0, count, to + i);
      }
    });
  };
}

Kernel prepare_integer(const Preparation& op) {
  const TfLiteTensor& a = op.input(0);
  const TfLiteTensor& b = op.input(1);
  const TfLiteTensor& out = op.output();
  const ActivationRange<int32_t> range = op.code_range(activation_of(op), out);
  if (op.op() == BuiltinOperator::kMul) {
    const float factor = op.scale(a) * op.scale(b) / op.scale(out);
    return paired_codes(op, IntegerProduct{quantize_multiplier(static_cast<double>(factor)), op.zero_point(a),
                                           op.zero_point(b), op.zero_point(out), range});
  }
  const auto scale_a = static_cast<double>(op.scale(a)), scale_b = static_cast<double>(op.scale(b));
  const auto scale_out = static_cast<double>(op.scale(out));
  if (op.op() == BuiltinOperator::kSquaredDifference && op.is(out, TensorType::kInt8))
    return paired<int8_t>(op, IntegerSquaredDifference(op, scale_a, scale_b, scale_out));
  if (op.op() != BuiltinOperator::kAdd && op.op() != BuiltinOperator::kSub)
    op.unsupported("in " + code_name(out.type) + " the runtime does not compute it either");
  if (const auto shifted = shifted_sum(op, range)) return paired_codes(op, *shifted);
  IntegerSum sum{.zero_left = op.zero_point(a),
                 .zero_right = op.zero_point(b),
                 .zero_out = op.zero_point(out),
                 .low = range.low,
                 .high = range.high,
                 .subtract = op.op() == BuiltinOperator::kSub};
  if (op.is(out, TensorType::kInt16)) sum.spare_bits = 15;
  if (!(2 * std::max(scale_a, scale_b) < std::ldexp(scale_out, sum.spare_bits))) {
    op.fail("its result's scale is so much finer than its inputs' that LiteRT would abort");
  }
  sum.set_scales(scale_a, scale_b, scale_out);
  if (op.is(out, TensorType::kInt16) || a.shape != b.shape) return paired_codes(op, sum);
  return for_bytes(op, out, [&](auto code) { return summed<decltype(code)>(op, sum); });
}

template <typename T>
Kernel extremum(const Preparation& op) {
  if (op.op() == BuiltinOperator::kMaximum) return paired<T>(op, [](T x, T y) { return std::max(x, y); });
  return paired<T>(op, [](T x, T y) { return std::min(x, y); });
}

}  // namespace

Kernel prepare_arithmetic(const Preparation& op) {
  if (has_whole_numbers(op.input(0))) return prepare_whole_numbers(op);
  op.expect_type(op.input(1), op.input(0).type);
  if (op.is_integer_operator()) return prepare_integer(op);
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
    case BuiltinOperator::kFloorMod:
      return paired<float>(op, [](float x, float y) {
        const float rest = std::fmod(x, y);
        return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
      });
    case BuiltinOperator::kAtan2:
      return paired<float>(op, [](float x, float y) { return std::atan2(x, y); });
    case BuiltinOperator::kFloorDiv:
      return paired<float>(op, [](float x, float y) { return std::floor(x / y); });
    default:
      return paired<float>(op, [](float x, float y) { return (x - y) * (x - y); });
  }
}

Kernel prepare_extremum(const Preparation& op) {
  if (has_whole_numbers(op.input(0))) return prepare_whole_numbers(op);
  op.expect_type(op.input(1), op.input(0).type);
  if (!op.is_integer_operator()) return extremum<float>(op);
  // The runtime compares codes as they are, whatever their scales.
  return for_codes(op, op.output(), [&](auto code) { return extremum<decltype(code)>(op); });
}

}  // namespace nudge::tflite
