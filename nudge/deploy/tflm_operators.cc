#include "nudge/deploy/tflm_operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nudge/base/error.h"

namespace nudge::deploy {
namespace {

using Op = tflite::BuiltinOperator;

struct Registration {
  Op op;
  const char* call;
};

// By the names of TensorFlow Lite Micro's resolver.
constexpr std::array kRegistrations = std::to_array<Registration>({
    {Op::kAbs, "AddAbs"},
    {Op::kAdd, "AddAdd"},
    {Op::kAddN, "AddAddN"},
    {Op::kArgMax, "AddArgMax"},
    {Op::kArgMin, "AddArgMin"},
    {Op::kAssignVariable, "AddAssignVariable"},
    {Op::kAveragePool2d, "AddAveragePool2D"},
    {Op::kBatchMatmul, "AddBatchMatMul"},
    {Op::kBatchToSpaceNd, "AddBatchToSpaceNd"},
    {Op::kBroadcastArgs, "AddBroadcastArgs"},
    {Op::kBroadcastTo, "AddBroadcastTo"},
    {Op::kCallOnce, "AddCallOnce"},
    {Op::kCast, "AddCast"},
    {Op::kCeil, "AddCeil"},
    {Op::kConcatenation, "AddConcatenation"},
    {Op::kConv2d, "AddConv2D"},
    {Op::kCos, "AddCos"},
    {Op::kCumsum, "AddCumSum"},
    {Op::kDepthToSpace, "AddDepthToSpace"},
    {Op::kDepthwiseConv2d, "AddDepthwiseConv2D"},
    {Op::kDequantize, "AddDequantize"},
    {Op::kDiv, "AddDiv"},
    {Op::kDynamicUpdateSlice, "AddDynamicUpdateSlice"},
    {Op::kElu, "AddElu"},
    {Op::kEmbeddingLookup, "AddEmbeddingLookup"},
    {Op::kEqual, "AddEqual"},
    {Op::kExp, "AddExp"},
    {Op::kExpandDims, "AddExpandDims"},
    {Op::kFill, "AddFill"},
    {Op::kFloor, "AddFloor"},
    {Op::kFloorDiv, "AddFloorDiv"},
    {Op::kFloorMod, "AddFloorMod"},
    {Op::kFullyConnected, "AddFullyConnected"},
    {Op::kGather, "AddGather"},
    {Op::kGatherNd, "AddGatherNd"},
    {Op::kGreater, "AddGreater"},
    {Op::kGreaterEqual, "AddGreaterEqual"},
    {Op::kHardSwish, "AddHardSwish"},
    {Op::kIf, "AddIf"},
    {Op::kL2Normalization, "AddL2Normalization"},
    {Op::kL2Pool2d, "AddL2Pool2D"},
    {Op::kLeakyRelu, "AddLeakyRelu"},
    {Op::kLess, "AddLess"},
    {Op::kLessEqual, "AddLessEqual"},
    {Op::kLog, "AddLog"},
    {Op::kLogSoftmax, "AddLogSoftmax"},
    {Op::kLogicalAnd, "AddLogicalAnd"},
    {Op::kLogicalNot, "AddLogicalNot"},
    {Op::kLogicalOr, "AddLogicalOr"},
    {Op::kLogistic, "AddLogistic"},
    {Op::kMaxPool2d, "AddMaxPool2D"},
    {Op::kMaximum, "AddMaximum"},
    {Op::kMean, "AddMean"},
    {Op::kMinimum, "AddMinimum"},
    {Op::kMirrorPad, "AddMirrorPad"},
    {Op::kMul, "AddMul"},
    {Op::kNeg, "AddNeg"},
    {Op::kNotEqual, "AddNotEqual"},
    {Op::kPack, "AddPack"},
    {Op::kPad, "AddPad"},
    {Op::kPadV2, "AddPadV2"},
    {Op::kPrelu, "AddPrelu"},
    {Op::kQuantize, "AddQuantize"},
    {Op::kReadVariable, "AddReadVariable"},
    {Op::kReduceAll, "AddReduceAll"},
    {Op::kReduceMax, "AddReduceMax"},
    {Op::kReduceMin, "AddReduceMin"},
    {Op::kRelu, "AddRelu"},
    {Op::kRelu6, "AddRelu6"},
    {Op::kReshape, "AddReshape"},
    {Op::kResizeBilinear, "AddResizeBilinear"},
    {Op::kResizeNearestNeighbor, "AddResizeNearestNeighbor"},
    {Op::kReverseV2, "AddReverseV2"},
    {Op::kRound, "AddRound"},
    {Op::kRsqrt, "AddRsqrt"},
    {Op::kSelectV2, "AddSelectV2"},
    {Op::kShape, "AddShape"},
    {Op::kSin, "AddSin"},
    {Op::kSlice, "AddSlice"},
    {Op::kSoftmax, "AddSoftmax"},
    {Op::kSpaceToBatchNd, "AddSpaceToBatchNd"},
    {Op::kSpaceToDepth, "AddSpaceToDepth"},
    {Op::kSplit, "AddSplit"},
    {Op::kSplitV, "AddSplitV"},
    {Op::kSqrt, "AddSqrt"},
    {Op::kSquare, "AddSquare"},
    {Op::kSquaredDifference, "AddSquaredDifference"},
    {Op::kSqueeze, "AddSqueeze"},
    {Op::kStridedSlice, "AddStridedSlice"},
    {Op::kSub, "AddSub"},
    {Op::kSum, "AddSum"},
    {Op::kSvdf, "AddSvdf"},
    {Op::kTanh, "AddTanh"},
    {Op::kTranspose, "AddTranspose"},
    {Op::kTransposeConv, "AddTransposeConv"},
    {Op::kUnidirectionalSequenceLstm, "AddUnidirectionalSequenceLSTM"},
    {Op::kUnpack, "AddUnpack"},
    {Op::kVarHandle, "AddVarHandle"},
    {Op::kWhile, "AddWhile"},
    {Op::kZerosLike, "AddZerosLike"},
});

std::string call_of(const tflite::Operator& op, size_t index) {
  const auto found =
      std::ranges::find_if(kRegistrations, [&](const Registration& each) { return each.op == op.op; });
  if (found != kRegistrations.end()) return found->call;
  if (is_for_ethos_u(op)) return "AddEthosU";
  throw UnsupportedError(
      fmt::format("operator {} {}: TensorFlow Lite Micro has no such operation{}", index, to_string(op.op),
                  op.op == Op::kCustom ? "; a custom one must be registered by hand" : ""));
}

}  // namespace

bool is_for_ethos_u(const tflite::Operator& op) {
  return op.op == Op::kCustom && op.custom_code == "ethos-u";
}

std::vector<std::string> tflm_registrations(const tflite::TfLiteModel& file) {
  std::vector<std::string> calls;
  for (const tflite::SubGraph& graph : file.subgraphs) {
    for (size_t i = 0; i < graph.operators.size(); ++i) {
      std::string call = call_of(graph.operators[i], i);
      if (std::ranges::find(calls, call) == calls.end()) calls.push_back(std::move(call));
    }
  }
  return calls;
}

}  // namespace nudge::deploy
