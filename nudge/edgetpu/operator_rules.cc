#include "nudge/edgetpu/operator_rules.h"

#include <fmt/format.h>

#include <array>

namespace nudge::edgetpu {
namespace {

using Op = tflite::BuiltinOperator;
using tflite::TfLiteTensor;

constexpr std::array<Condition, 2> kConvolution{constant_weights, equal_dilations};
constexpr std::array<Condition, 4> kDense{constant_weights, plain_weights, one_row, not_huge_dense};
constexpr std::array<Condition, 1> kPool{no_fused_activation};
constexpr std::array<Condition, 2> kConcatenation{no_fused_activation, zeros_if_constant};
constexpr std::array<Condition, 4> kMean{constant_parameters, axes_beside_batch, channel_mean_by_fours,
                                         small_mean};
constexpr std::array<Condition, 2> kReduction{constant_parameters, axes_beside_batch};
constexpr std::array<Condition, 2> kPad{constant_parameters, pad_beside_batch};
constexpr std::array<Condition, 1> kPack{axis_beside_batch};
constexpr std::array<Condition, 1> kSplit{split_beside_batch};
constexpr std::array<Condition, 1> kView{constant_parameters};
constexpr std::array<Condition, 2> kStridedSlice{constant_parameters, unit_strides};
constexpr std::array<Condition, 2> kResize{constant_parameters, resized_a_little};
constexpr std::array<Condition, 2> kSoftmax{one_row, small_softmax};
constexpr std::array<Condition, 2> kPrelu{constant_parameters, alpha_by_channel};
constexpr std::array<Condition, 2> kTranspose{constant_parameters, permutation_beside_batch};
constexpr std::array<Condition, 2> kTile{constant_parameters, tile_beside_batch};
constexpr std::array<Condition, 1> kWeighted{constant_weights};

// Versions: the newest that the interpreter within compiler 16.0 knows, or fewer where the mapping is known
// to refuse them.
constexpr std::array kRules = std::to_array<OperatorRule>({
    {Op::kAdd, 4, {}},
    {Op::kAveragePool2d, 3, kPool},
    {Op::kConcatenation, 3, kConcatenation},
    {Op::kConv2d, 5, kConvolution},
    {Op::kDepthwiseConv2d, 6, kConvolution},
    {Op::kExpandDims, 1, kView},
    {Op::kFullyConnected, 8, kDense},
    {Op::kL2Normalization, 2, {}},
    {Op::kLogistic, 3, {}},
    {Op::kLstm, 4, {}},
    {Op::kMaximum, 4, {}},
    {Op::kMaxPool2d, 3, kPool},
    {Op::kMean, 3, kMean},
    {Op::kMinimum, 4, {}},
    {Op::kMul, 5, {}},
    {Op::kPack, 3, kPack},
    {Op::kPad, 4, kPad},
    {Op::kPrelu, 1, kPrelu},
    {Op::kQuantize, 2, {}},
    {Op::kReduceMax, 3, kReduction},
    {Op::kReduceMin, 3, kReduction},
    {Op::kRelu, 3, {}},
    {Op::kRelu6, 3, {}},
    {Op::kReluN1To1, 1, {}},
    {Op::kReshape, 1, kView},
    {Op::kResizeBilinear, 4, kResize},
    {Op::kResizeNearestNeighbor, 4, kResize},
    {Op::kRsqrt, 2, {}},
    {Op::kSlice, 5, kView},
    {Op::kSoftmax, 3, kSoftmax},
    {Op::kSpaceToDepth, 2, {}},
    {Op::kSplit, 4, kSplit},
    {Op::kSquaredDifference, 2, {}},
    {Op::kSqueeze, 2, {}},
    {Op::kStridedSlice, 5, kStridedSlice},
    {Op::kSub, 5, {}},
    {Op::kSum, 2, kReduction},
    {Op::kTanh, 3, {}},
    {Op::kTile, 2, kTile},
    {Op::kTranspose, 5, kTranspose},
    {Op::kTransposeConv, 3, kWeighted},
    {Op::kUnidirectionalSequenceLstm, 3, {}},
});

struct Instead {
  Op op;
  const char* advice;
};
// What maps in the place of operators that never do.
constexpr std::array kInstead = std::to_array<Instead>({
    {Op::kLeakyRelu, "PRELU and RELU are mapped"},
    {Op::kHardSwish, "RELU6 is mapped"},
    {Op::kElu, "RELU is mapped"},
    {Op::kGelu, "RELU is mapped"},
    {Op::kPadV2, "PAD is mapped"},
    {Op::kDequantize, "give the file an integer output"},
    {Op::kArgMax, "leave it to the program"},
});

std::string advice(Op op) {
  for (const Instead& each : kInstead) {
    if (each.op == op) return fmt::format("; {}", each.advice);
  }
  return "";
}

// Its own words for floats at the model's ends.
bool quantizes_floats(const OperatorView& op) {
  return op.op().op == Op::kQuantize && op.input(0) != nullptr &&
         op.input(0)->type == tflite::TensorType::kFloat32;
}

const TfLiteTensor* not_8bit(const OperatorView& op) {
  for (const TfLiteTensor* tensor : op.activations()) {
    if (!is_8bit(*tensor)) return tensor;
  }
  return nullptr;
}

const TfLiteTensor* beyond_three_dimensions(const OperatorView& op) {
  for (const TfLiteTensor* tensor : op.activations()) {
    const Shape& shape = tensor->shape;
    for (size_t i = 0; i + 3 < shape.size(); ++i) {
      if (shape[i] != 1) return tensor;
    }
  }
  return nullptr;
}

const OperatorRule* rule_of(Op op) {
  for (const OperatorRule& rule : kRules) {
    if (rule.op == op) return &rule;
  }
  return nullptr;
}

}  // namespace

std::span<const OperatorRule> operator_rules() { return kRules; }

Verdict judge(const OperatorView& op) {
  const Op kind = op.op().op;
  if (quantizes_floats(op)) {
    return {Status::kUnspecifiedLimitation, "it takes floats; give the file an integer input"};
  }
  if (const TfLiteTensor* tensor = not_8bit(op)) {
    return {Status::kUnsupportedDataType,
            fmt::format("'{}' is {}{}", tensor->name, tflite::to_string(tensor->type), advice(kind))};
  }
  const OperatorRule* rule = rule_of(kind);
  if (rule == nullptr) return {Status::kNotSupported, "the Edge TPU has no such operation" + advice(kind)};
  if (op.op().version > rule->newest_version) {
    return {Status::kVersionNotSupported, fmt::format("it has version {}, and at most {} is mapped",
                                                      op.op().version, rule->newest_version)};
  }
  if (kind == Op::kFullyConnected && op.options<tflite::TfLiteFullyConnectedOptions>().keep_num_dims) {
    return {Status::kVersionNotSupported, "it keeps the dimensions of its input"};
  }
  if (const TfLiteTensor* tensor = beyond_three_dimensions(op)) {
    return {Status::kUnsupportedRank,
            fmt::format("'{}' has shape {}", tensor->name, to_string(tensor->shape))};
  }
  for (const Condition condition : rule->conditions) {
    if (std::string reason = condition(op); !reason.empty()) {
      return {Status::kUnspecifiedLimitation, std::move(reason)};
    }
  }
  return {};
}

}  // namespace nudge::edgetpu
