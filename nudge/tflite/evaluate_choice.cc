// Comparisons, LOGICAL_AND, LOGICAL_OR, LOGICAL_NOT, SELECT and SELECT_V2.
#include "nudge/tflite/elementwise.h"

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

template <typename T>
Kernel selection(const Preparation& op) {
  return broadcasted<T, bool, T, T>(op, [](bool condition, T x, T y) { return condition ? x : y; });
}

}  // namespace

Kernel prepare_comparison(const Preparation& op) {
  op.expect_type(op.output(), TensorType::kBool);
  op.expect_type(op.input(1), op.input(0).type);
  if (op.is(op.input(0), TensorType::kInt32)) return comparison<int32_t>(op);
  op.expect_type(op.input(0), TensorType::kFloat32);
  return comparison<float>(op);
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
  op.expect_same_values(op.input(1), op.output());
  op.expect_same_values(op.input(2), op.output());
  if (op.op() == BuiltinOperator::kSelect &&
      (op.input(0).shape != op.input(1).shape || op.input(1).shape != op.input(2).shape)) {
    op.unsupported("inputs of several shapes are not computed here; SELECT_V2 takes them");
  }
  switch (op.output().type) {
    case TensorType::kFloat32:
      return selection<float>(op);
    case TensorType::kInt32:
      return selection<int32_t>(op);
    case TensorType::kInt8:
      return selection<int8_t>(op);
    default:
      op.unsupported("values of type " + to_string(op.output().type) + " are not computed here");
  }
}

}  // namespace nudge::tflite
