// The limits as LiteRT itself has them.
#include "nudge/tflite/operator_limits.h"

#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/litert.h"
#include "nudge/tflite/test_model.h"
#include "nudge/tflite/writer.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;

// One operator on inputs of `rank` dimensions.
TfLiteModel one(Op op, TensorType type, size_t rank) {
  TestModel model(7);
  const int32_t x = model.input(Shape(rank, 2), type);
  const auto all = [&](int32_t value) { return model.ints(std::vector<int32_t>(rank, value)); };
  const auto add = [&](std::vector<int32_t> inputs, Options options = {}, bool same_scale = true) {
    model.add(op, std::move(inputs), {same_scale ? model.same_scale(x) : model.activation(type)},
              std::move(options));
    return model.finish();
  };
  switch (op) {
    case Op::kBatchMatmul:
      return add({x, x}, TfLiteBatchMatMulOptions{}, false);
    case Op::kPad:
      return add({x, model.constant(Array::full<int32_t>({static_cast<int64_t>(rank), 2}, 1))});
    case Op::kConcatenation:
      return add({x, x}, TfLiteConcatenationOptions{});
    case Op::kMean:
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kSum:
      return add({x, model.ints({0})}, TfLiteReducerOptions{});
    case Op::kPack:
      return add({x, x}, TfLitePackOptions{2, 0});
    case Op::kSlice:
      return add({x, all(0), all(1)});
    case Op::kStridedSlice:
      return add({x, all(0), all(2), all(1)}, TfLiteStridedSliceOptions{});
    case Op::kReverseV2:
      return add({x, model.ints({0})});
    case Op::kTile:
      return add({x, all(2)});
    case Op::kBroadcastTo:
      return add({x, all(2)});
    case Op::kTranspose: {
      std::vector<int32_t> order;
      for (size_t d = rank; d-- > 0;) order.push_back(static_cast<int32_t>(d));
      return add({x, model.ints(order)});
    }
    case Op::kSplit:
      model.add(op, {model.ints({0}), x}, {model.same_scale(x), model.same_scale(x)}, TfLiteSplitOptions{2});
      return model.finish();
    case Op::kEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kNotEqual:
      model.add(op, {x, x}, {model.activation(TensorType::kBool)});
      return model.finish();
    case Op::kAdd:
      return add({x, x}, TfLiteAddOptions{}, false);
    case Op::kSub:
      return add({x, x}, TfLiteSubOptions{}, false);
    case Op::kMul:
      return add({x, x}, TfLiteMulOptions{}, false);
    case Op::kDiv:
    case Op::kFloorDiv:
    case Op::kMaximum:
    case Op::kPow:
    case Op::kSquaredDifference:
      return add({x, x});
    default:
      return add({x}, {}, false);
  }
}

bool runs(const TfLiteModel& model, Kernels kernels) {
  LiteRtOptions options;
  options.kernels = kernels;
  try {
    LiteRt runtime(serialize(model), options);
    Random random(1);
    std::vector<Array> inputs;
    for (const int32_t index : model.main().inputs)
      inputs.push_back(random_array(model.main().tensors[static_cast<size_t>(index)], random));
    runtime.run(inputs);
    return true;
  } catch (const Error&) {
    return false;
  }
}

bool runs_with_every_kernel(const TfLiteModel& model) {
  return runs(model, Kernels::kReference) && runs(model, Kernels::kBuiltin) && runs(model, Kernels::kDefault);
}

TEST(OperatorLimits, DimensionsAreThoseOfTheRuntime) {
  if (!litert_available()) GTEST_SKIP() << "LiteRT is not installed";
  for (const Op op : {Op::kAdd,     Op::kBatchMatmul, Op::kBroadcastTo,  Op::kConcatenation,
                      Op::kMaximum, Op::kMean,        Op::kMul,          Op::kPack,
                      Op::kPad,     Op::kReduceMax,   Op::kReduceMin,    Op::kReverseV2,
                      Op::kSlice,   Op::kSplit,       Op::kStridedSlice, Op::kSub,
                      Op::kSum,     Op::kTile,        Op::kTranspose,    Op::kDiv,
                      Op::kPow,     Op::kGreater,     Op::kExp,          Op::kSquaredDifference}) {
    SCOPED_TRACE(to_string(op));
    EXPECT_TRUE(runs_with_every_kernel(one(op, TensorType::kFloat32, most_dimensions(op))));
    if (most_dimensions(op) < 8) {
      EXPECT_FALSE(runs_with_every_kernel(one(op, TensorType::kFloat32, most_dimensions(op) + 1)));
    }
  }
}

// Comparisons stay float in a file that is written; those of other files may compare codes.
bool compares(Op op) {
  return op == Op::kEqual || op == Op::kNotEqual || op == Op::kLess || op == Op::kLessEqual ||
         op == Op::kGreater || op == Op::kGreaterEqual;
}

TEST(OperatorLimits, TheEvaluatorComputesCodesWhereTheRuntimeDoes) {
  for (const Op op :
       {Op::kAbs,   Op::kAdd,     Op::kCeil,         Op::kCos,       Op::kDiv,   Op::kElu,
        Op::kEqual, Op::kExp,     Op::kFloor,        Op::kFloorDiv,  Op::kGelu,  Op::kGreater,
        Op::kLog,   Op::kMul,     Op::kGreaterEqual, Op::kHardSwish, Op::kLess,  Op::kLessEqual,
        Op::kNeg,   Op::kMaximum, Op::kNotEqual,     Op::kPow,       Op::kRelu,  Op::kReverseV2,
        Op::kRound, Op::kSign,    Op::kSin,          Op::kSlice,     Op::kSqrt,  Op::kSquare,
        Op::kSub,   Op::kTile,    Op::kSum,          Op::kTranspose, Op::kSplit, Op::kSquaredDifference}) {
    SCOPED_TRACE(to_string(op));
    EXPECT_NO_THROW(one(op, TensorType::kFloat32, 2));
    if (computes_int8(op) || compares(op)) {
      EXPECT_NO_THROW(one(op, TensorType::kInt8, 2));
    } else {
      EXPECT_THROW(one(op, TensorType::kInt8, 2), UnsupportedError);
    }
  }
}

TEST(OperatorLimits, ReferenceKernelsKnowWhatIsSaid) {
  if (!litert_available()) GTEST_SKIP() << "LiteRT is not installed";
  for (const TensorType type : {TensorType::kFloat32, TensorType::kInt8}) {
    for (const Op op :
         {Op::kAbs, Op::kCeil, Op::kElu, Op::kExp, Op::kFloor, Op::kGelu, Op::kLog, Op::kReverseV2,
          Op::kRound, Op::kSign, Op::kTile, Op::kBroadcastTo, Op::kSquaredDifference}) {
      if (type == TensorType::kInt8 && !computes_int8(op)) continue;
      SCOPED_TRACE(to_string(op) + " " + to_string(type));
      const TfLiteModel model = one(op, type, 2);
      EXPECT_EQ(runs(model, Kernels::kReference), in_reference_kernels(op, type));
      EXPECT_TRUE(runs(model, Kernels::kBuiltin));
    }
  }
}

}  // namespace
}  // namespace nudge::tflite
