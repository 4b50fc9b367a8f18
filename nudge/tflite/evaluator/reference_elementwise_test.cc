// Functions of single values and of values side by side, against LiteRT's reference kernels.
#include <cmath>

#include "nudge/tflite/evaluator/reference_kernels_test.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;

class ReferenceElementwise : public ReferenceKernelsTest {};

TEST_P(ReferenceElementwise, FunctionsInFloat) {
  for (const Op op : {Op::kAbs, Op::kCos, Op::kExp, Op::kFloor, Op::kLog, Op::kLogistic, Op::kNeg, Op::kRsqrt,
                      Op::kSign, Op::kSin, Op::kSqrt, Op::kSquare, Op::kTanh, Op::kHardSwish}) {
    SCOPED_TRACE(to_string(op));
    TestModel model(seed());
    const int32_t x = model.input({1, 7, 33}, TensorType::kFloat32);
    model.add(op, {x}, {model.activation(TensorType::kFloat32)});
    compare(model);
  }
}

TEST_P(ReferenceElementwise, FunctionsInInt8) {
  for (const Op op : {Op::kAbs, Op::kExp, Op::kLog}) {
    SCOPED_TRACE(to_string(op));
    TestModel model(seed());
    const int32_t x = model.input({1, 16, 64});
    model.add(op, {x}, {model.activation()});
    model.add(op, {x}, {model.same_scale(x)});
    compare(model);
  }
}

TEST_P(ReferenceElementwise, ReciprocalRootInInt8) {
  TestModel model(seed());
  const int32_t x =
      model.activation(per_tensor(static_cast<float>(std::exp2(model.random().uniform(-9, 1))), -128));
  model.add(Op::kQuantize, {model.input({1, 16, 64})}, {x});
  model.add(Op::kRsqrt, {x}, {model.activation()});
  compare(model);
}

TEST_P(ReferenceElementwise, Gelu) {
  for (const bool approximate : {false, true}) {
    TestModel model(seed());
    const int32_t x = model.input({1, 16, 64}, type());
    model.add(Op::kGelu, {x}, {model.activation(type())}, TfLiteGeluOptions{approximate});
    compare(model, 1e-6);  // the runtime's float tanh and erfc are approximations of its own
  }
}

// No reference kernel computes them.
TEST_P(ReferenceElementwise, EluCeilAndRound) {
  for (const Op op : {Op::kElu, Op::kCeil, Op::kRound}) {
    SCOPED_TRACE(to_string(op));
    TestModel model(seed());
    const TensorType element = op == Op::kElu ? type() : TensorType::kFloat32;
    const int32_t x = model.input({1, 16, 64}, element);
    model.add(op, {x}, {model.activation(element)});
    compare_with_builtin(model, kLastPlaces);
  }
}

TEST_P(ReferenceElementwise, L2Normalization) {
  TestModel model(seed());
  const int32_t x = model.input({1, pick(model, 1, 9), pick(model, 1, 9), pick(model, 1, 60)}, type());
  model.add(Op::kL2Normalization, {x}, {model.activation(per_tensor(1.0F / 128, 0), type())},
            TfLiteL2NormOptions{});
  compare(model);
}

TEST_P(ReferenceElementwise, PairsInFloat) {
  for (const Op op :
       {Op::kDiv, Op::kPow, Op::kFloorDiv, Op::kSquaredDifference, Op::kMaximum, Op::kMinimum}) {
    SCOPED_TRACE(to_string(op));
    TestModel model(seed());
    const int32_t a = model.input({2, 6, 1, 7}, TensorType::kFloat32),
                  b = model.input({5, 7}, TensorType::kFloat32);
    Options options;
    if (op == Op::kDiv) options = TfLiteDivOptions{activation(model)};
    model.add(op, {a, b}, {model.activation(TensorType::kFloat32)}, options);
    model.add(op, {b, a}, {model.activation(TensorType::kFloat32)}, options);
    compare(model);
  }
}

TEST_P(ReferenceElementwise, SquaredDifferenceInInt8) {
  TestModel model(seed());
  const int32_t a = model.input({2, 6, 1, 7}), b = model.input({5, 7}), c = model.input({2, 6, 1, 7});
  model.add(Op::kSquaredDifference, {a, b}, {model.activation()});
  model.add(Op::kSquaredDifference, {a, c}, {model.activation()});
  compare(model);
}

TEST_P(ReferenceElementwise, ComparisonsAndChoices) {
  for (const Op op :
       {Op::kEqual, Op::kNotEqual, Op::kLess, Op::kLessEqual, Op::kGreater, Op::kGreaterEqual}) {
    SCOPED_TRACE(to_string(op));
    TestModel model(seed());
    const TensorType element = heads(model) ? TensorType::kFloat32 : TensorType::kInt32;
    const int32_t a = model.input({2, 6, 1, 7}, element), b = model.input({5, 7}, element);
    const int32_t answer = model.activation(TensorType::kBool), other = model.activation(TensorType::kBool);
    model.add(op, {a, b}, {answer});
    model.add(op, {b, a}, {other});
    model.add(Op::kLogicalNot, {answer}, {model.activation(TensorType::kBool)});
    model.add(Op::kLogicalAnd, {answer, other}, {model.activation(TensorType::kBool)});
    model.add(Op::kLogicalOr, {answer, other}, {model.activation(TensorType::kBool)});
    model.add(Op::kSelectV2, {answer, a, b}, {model.activation(element)});
    compare(model);
  }
}

NUDGE_EACH_SEED(ReferenceElementwise);

}  // namespace
}  // namespace nudge::tflite
