// Which file computes which operator.
#include "nudge/tflite/operator_kernel.h"

namespace nudge::tflite {

Kernel prepare(const Preparation& op) {
  using Op = BuiltinOperator;
  switch (op.op()) {
    case Op::kConv2d:
      return prepare_conv(op);
    case Op::kDepthwiseConv2d:
      return prepare_depthwise(op);
    case Op::kFullyConnected:
      return prepare_fully_connected(op);
    case Op::kBatchMatmul:
      return prepare_batch_matmul(op);
    case Op::kArgMax:
    case Op::kArgMin:
      return prepare_arg_extremum(op);
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kPow:
    case Op::kFloorDiv:
    case Op::kSquaredDifference:
      return prepare_arithmetic(op);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      return prepare_comparison(op);
    case Op::kLogicalAnd:
    case Op::kLogicalOr:
    case Op::kLogicalNot:
      return prepare_logical(op);
    case Op::kSelect:
    case Op::kSelectV2:
      return prepare_selection(op);
    case Op::kMaximum:
    case Op::kMinimum:
      return prepare_extremum(op);
    case Op::kConv3d:
      return prepare_conv_3d(op);
    case Op::kTransposeConv:
    case Op::kConv3dTranspose:
      return prepare_transpose_conv(op);
    case Op::kLeakyRelu:
      return prepare_leaky_relu(op);
    case Op::kPrelu:
      return prepare_prelu(op);
    case Op::kHardSwish:
      return prepare_hard_swish(op);
    case Op::kResizeBilinear:
    case Op::kResizeNearestNeighbor:
      return prepare_resize(op);
    case Op::kMaxPool2d:
    case Op::kAveragePool2d:
      return prepare_pool(op);
    case Op::kMean:
    case Op::kSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
      return prepare_reduction(op);
    case Op::kConcatenation:
    case Op::kPack:
      return prepare_concatenation(op);
    case Op::kSplit:
    case Op::kSplitV:
    case Op::kUnpack:
      return prepare_split(op);
    case Op::kTranspose:
    case Op::kSlice:
    case Op::kStridedSlice:
    case Op::kReverseV2:
    case Op::kBroadcastTo:
    case Op::kTile:
      return prepare_view(op);
    case Op::kGather:
      return prepare_gather(op);
    case Op::kCast:
      return prepare_cast(op);
    case Op::kReshape:
    case Op::kSqueeze:
    case Op::kExpandDims:
      return prepare_reshape(op);
    case Op::kPad:
    case Op::kPadV2:
      return prepare_pad(op);
    case Op::kSoftmax:
      return prepare_softmax(op);
    case Op::kLogSoftmax:
      return prepare_log_softmax(op);
    case Op::kAbs:
    case Op::kCeil:
    case Op::kCos:
    case Op::kElu:
    case Op::kExp:
    case Op::kFloor:
    case Op::kGelu:
    case Op::kLog:
    case Op::kLogistic:
    case Op::kNeg:
    case Op::kRound:
    case Op::kRsqrt:
    case Op::kSign:
    case Op::kSin:
    case Op::kSqrt:
    case Op::kSquare:
    case Op::kTanh:
      return prepare_unary(op);
    case Op::kL2Normalization:
      return prepare_l2_normalization(op);
    case Op::kRelu:
    case Op::kRelu6:
    case Op::kReluN1To1:
    case Op::kRelu0To1:
      return prepare_relu(op);
    case Op::kQuantize:
      return prepare_quantize(op);
    case Op::kDequantize:
      return prepare_dequantize(op);
    default:
      op.unsupported("the evaluator does not compute this operator");
  }
}

}  // namespace nudge::tflite
