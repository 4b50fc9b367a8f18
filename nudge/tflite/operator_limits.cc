#include "nudge/tflite/operator_limits.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;

}  // namespace

size_t most_dimensions(BuiltinOperator op) {
  switch (op) {
    case Op::kBatchMatmul:
    case Op::kPad:
    case Op::kPadV2:
      return 5;
    case Op::kConcatenation:
    case Op::kMean:
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kSplit:
    case Op::kSum:
      return 6;
    case Op::kPack:
      return 7;  // of what it packs; its output has one more
    default:
      return 8;  // of any tensor
  }
}

bool computes_int8(BuiltinOperator op) {
  switch (op) {
    case Op::kCeil:
    case Op::kConv3d:
    case Op::kConv3dTranspose:
    case Op::kCos:
    case Op::kDiv:
    case Op::kEqual:
    case Op::kFloor:
    case Op::kFloorDiv:
    case Op::kGreater:
    case Op::kGreaterEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kNeg:
    case Op::kNotEqual:
    case Op::kPow:
    case Op::kRound:
    case Op::kSign:
    case Op::kSin:
    case Op::kSqrt:
    case Op::kSquare:
    case Op::kSum:  // its reference kernel takes codes for unsigned ones; a MEAN and a MUL by a constant do
                    // the same
      return false;
    default:
      return true;
  }
}

bool in_reference_kernels(BuiltinOperator op, TensorType type) {
  switch (op) {
    case Op::kCeil:
    case Op::kElu:
    case Op::kRound:
      return false;
    case Op::kTile:
      return type != TensorType::kInt8;
    default:
      return true;
  }
}

}  // namespace nudge::tflite
