// Comparisons, LOGICAL_AND, LOGICAL_OR, LOGICAL_NOT, SELECT and SELECT_V2.
#include <functional>

#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/elementwise.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

namespace {

template <typename T>
Kernel comparison(const Preparation& op) {
  switch (op.op()) {
    case BuiltinOperator::kLess:
      return broadcasted<bool, T, T>(op, [](T x, T y) { return x < y; });
    case BuiltinOperator::kLessEqual:
      return broadcasted<bool, T, T>(op, [](T x, T y) { return x <= y; });
    case BuiltinOperator::kGreater:
      return broadcasted<bool, T, T>(op, [](T x, T y) { return x > y; });
    case BuiltinOperator::kGreaterEqual:
      return broadcasted<bool, T, T>(op, [](T x, T y) { return x >= y; });
    case BuiltinOperator::kEqual:
      return broadcasted<bool, T, T>(op, [](T x, T y) { return x == y; });
    default:
      return broadcasted<bool, T, T>(op, [](T x, T y) { return x != y; });
  }
}

// Codes are compared as what they stand for, with some bits to spare.
template <typename Code>
Kernel comparison_of_codes(const Preparation& op) {
  struct Real {
    Multiplier factor;
    int32_t zero;
    int32_t operator()(Code code) const { return multiply((code - zero) * (1 << 8), factor); }
  };
  const auto real = [&](size_t i) {
    return Real{quantize_multiplier(static_cast<double>(op.scale(op.input(i)))), op.zero_point(op.input(i))};
  };
  const auto compared = [&](auto function) {
    return broadcasted<bool, Code, Code>(
        op, [function, a = real(0), b = real(1)](Code x, Code y) { return function(a(x), b(y)); });
  };
  switch (op.op()) {
    case BuiltinOperator::kLess:
      return compared(std::less<>());
    case BuiltinOperator::kLessEqual:
      return compared(std::less_equal<>());
    case BuiltinOperator::kGreater:
      return compared(std::greater<>());
    case BuiltinOperator::kGreaterEqual:
      return compared(std::greater_equal<>());
    case BuiltinOperator::kEqual:
      return compared(std::equal_to<>());
    default:
      return compared(std::not_equal_to<>());
  }
}

template <typename T>
Kernel selection(const Preparation& op) {
  return broadcasted<T, bool, T, T>(op, [](bool condition, T x, T y) { return condition ? x : y; });
}

}  // namespace

Kernel prepare_comparison(const Preparation& op) {
  op.expect_type(op.output(), TensorType::kBool);
  op.expect_type(op.input(1), op.input(0).type);
  const bool of_equality = op.op() == BuiltinOperator::kEqual || op.op() == BuiltinOperator::kNotEqual;
  switch (op.input(0).type) {
    case TensorType::kFloat32:
      return comparison<float>(op);
    case TensorType::kInt32:
      return comparison<int32_t>(op);
    case TensorType::kInt64:
      return comparison<int64_t>(op);
    case TensorType::kBool:
      if (of_equality) return comparison<bool>(op);
      op.unsupported("truth values have no order");
    default:
      return for_bytes(op, op.input(0), [&](auto code) { return comparison_of_codes<decltype(code)>(op); });
  }
}

Kernel prepare_logical(const Preparation& op) {
  op.expect_type(op.input(0), TensorType::kBool);
  op.expect_type(op.output(), TensorType::kBool);
  if (op.op() == BuiltinOperator::kLogicalNot) return mapped<bool, bool>(op, [](bool x) { return !x; });
  op.expect_type(op.input(1), TensorType::kBool);
  if (op.op() == BuiltinOperator::kLogicalAnd) return paired<bool>(op, [](bool x, bool y) { return x && y; });
  return paired<bool>(op, [](bool x, bool y) { return x || y; });
}

Kernel prepare_selection(const Preparation& op) {
  op.expect_type(op.input(0), TensorType::kBool);
  op.expect_type(op.output(), op.input(1).type);
  op.expect_type(op.output(), op.input(2).type);
  if (op.op() == BuiltinOperator::kSelect &&
      (op.input(0).shape != op.input(1).shape || op.input(1).shape != op.input(2).shape)) {
    op.unsupported("inputs of several shapes are not computed here; SELECT_V2 takes them");
  }
  switch (op.output().type) {
    case TensorType::kFloat32:
      return selection<float>(op);
    case TensorType::kInt32:
      return selection<int32_t>(op);
    case TensorType::kInt64:
      return selection<int64_t>(op);
    case TensorType::kInt16:
      return selection<int16_t>(op);
    case TensorType::kUInt8:
      return selection<uint8_t>(op);
    case TensorType::kBool:
      return selection<bool>(op);
    case TensorType::kInt8:
      return selection<int8_t>(op);
    default:
      op.unsupported("values of type " + to_string(op.output().type) + " are not computed here");
  }
}

}  // namespace nudge::tflite
