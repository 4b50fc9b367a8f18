// ADD, SUB, MUL, DIV, FLOOR_DIV, FLOOR_MOD, MAXIMUM and MINIMUM of int32 and int64, as models compute shapes
// and places with.
#include <algorithm>
#include <limits>

#include "nudge/base/error.h"
#include "nudge/tflite/evaluator/elementwise.h"

namespace nudge::tflite {

namespace {

// The limits of a fused activation, which are whole.
template <typename T>
ActivationRange<T> whole_range(const Preparation& op) {
  const ActivationRange<float> real = op.real_range(activation_of(op));
  using Limits = std::numeric_limits<T>;
  return {real.low < -1 ? Limits::min() : static_cast<T>(real.low),
          real.high > 6 ? Limits::max() : static_cast<T>(real.high)};
}

// Overflow wraps.
template <typename T, typename Function>
Kernel wrapping(const Preparation& op, Function function) {
  using Unsigned = std::make_unsigned_t<T>;
  return paired<T>(op, [function, range = whole_range<T>(op)](T x, T y) {
    const auto value = static_cast<T>(function(static_cast<Unsigned>(x), static_cast<Unsigned>(y)));
    return std::clamp(value, range.low, range.high);
  });
}

// function(x, y) where y is not 0, nor the quotient beyond the largest number.
template <typename T, typename Function>
Kernel divided(const Preparation& op, Function function) {
  return paired<T>(op, [function, range = whole_range<T>(op), where = op.where()](T x, T y) {
    if (y == 0) throw InputError(where + ": a division by 0");
    if (y == -1)
      return std::clamp(function(std::max(x, static_cast<T>(-std::numeric_limits<T>::max())), y), range.low,
                        range.high);
    return std::clamp(function(x, y), range.low, range.high);
  });
}

template <typename T>
Kernel compute(const Preparation& op) {
  switch (op.op()) {
    case BuiltinOperator::kAdd:
      return wrapping<T>(op, [](auto x, auto y) { return x + y; });
    case BuiltinOperator::kSub:
      return wrapping<T>(op, [](auto x, auto y) { return x - y; });
    case BuiltinOperator::kMul:
      return wrapping<T>(op, [](auto x, auto y) { return x * y; });
    case BuiltinOperator::kDiv:
      return divided<T>(op, [](T x, T y) { return static_cast<T>(x / y); });
    case BuiltinOperator::kFloorDiv:
      return divided<T>(op, [](T x, T y) {
        const bool inexact = x % y != 0 && (x < 0) != (y < 0);
        return static_cast<T>(x / y - (inexact ? 1 : 0));
      });
    case BuiltinOperator::kFloorMod:
      return divided<T>(op, [](T x, T y) {
        const auto rest = static_cast<T>(x % y);
        return static_cast<T>(rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest);
      });
    case BuiltinOperator::kMaximum:
      return paired<T>(op, [](T x, T y) { return std::max(x, y); });
    case BuiltinOperator::kMinimum:
      return paired<T>(op, [](T x, T y) { return std::min(x, y); });
    case BuiltinOperator::kSquaredDifference:
      return wrapping<T>(op, [](auto x, auto y) { return (x - y) * (x - y); });
    default:
      op.unsupported(to_string(op.input(0).type) + " values are not computed here");
  }
}

}  // namespace

bool has_whole_numbers(const TfLiteTensor& tensor) {
  return tensor.type == TensorType::kInt32 || tensor.type == TensorType::kInt64;
}

Kernel prepare_whole_numbers(const Preparation& op) {
  op.expect_type(op.input(1), op.input(0).type);
  op.expect_type(op.output(), op.input(0).type);
  return op.is(op.output(), TensorType::kInt32) ? compute<int32_t>(op) : compute<int64_t>(op);
}

}  // namespace nudge::tflite
