#include "nudge/tflite/versions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>

namespace nudge::tflite {

namespace {

using Op = BuiltinOperator;

struct Release {
  int major = 0;
  int minor = 0;
  int patch = 0;
  auto operator<=>(const Release&) const = default;  // NOLINT(modernize-use-nullptr): in what it stands for
};

struct Rule {
  Op op;
  int32_t version;
  Release since;
};

// Only versions that lowest_version() chooses.
constexpr std::array kReleases = std::to_array<Rule>({
    {Op::kAdd, 1, {1, 5, 0}},
    {Op::kAdd, 2, {1, 14, 0}},
    {Op::kArgMax, 1, {1, 9, 0}},
    {Op::kArgMax, 2, {1, 14, 0}},
    {Op::kAveragePool2d, 1, {1, 5, 0}},
    {Op::kAveragePool2d, 2, {1, 14, 0}},
    {Op::kBatchMatmul, 1, {2, 3, 0}},
    {Op::kBatchMatmul, 2, {2, 3, 0}},
    {Op::kConcatenation, 1, {1, 5, 0}},
    {Op::kConcatenation, 2, {1, 14, 0}},
    {Op::kConv2d, 1, {1, 5, 0}},
    {Op::kConv2d, 3, {1, 14, 0}},
    {Op::kConv2d, 6, {2, 9, 0}},
    {Op::kDepthwiseConv2d, 1, {1, 5, 0}},
    {Op::kDepthwiseConv2d, 2, {1, 12, 0}},
    {Op::kDepthwiseConv2d, 3, {1, 14, 0}},
    {Op::kDequantize, 1, {1, 13, 1}},
    {Op::kDequantize, 2, {1, 14, 0}},
    {Op::kDequantize, 5, {2, 7, 0}},
    {Op::kElu, 1, {1, 14, 0}},
    {Op::kExpandDims, 1, {1, 10, 0}},
    {Op::kFullyConnected, 1, {1, 5, 0}},
    {Op::kFullyConnected, 4, {1, 14, 0}},
    {Op::kFullyConnected, 5, {2, 0, 0}},
    {Op::kFullyConnected, 6, {2, 1, 0}},
    {Op::kGelu, 1, {2, 9, 0}},
    {Op::kGelu, 2, {2, 9, 0}},
    {Op::kHardSwish, 1, {1, 15, 0}},
    {Op::kL2Normalization, 1, {1, 5, 0}},
    {Op::kL2Normalization, 2, {1, 14, 0}},
    {Op::kLeakyRelu, 1, {1, 13, 1}},
    {Op::kLogistic, 1, {1, 14, 0}},
    {Op::kLogistic, 2, {1, 14, 0}},
    {Op::kMaxPool2d, 1, {1, 5, 0}},
    {Op::kMaxPool2d, 2, {1, 14, 0}},
    {Op::kMaximum, 1, {1, 14, 0}},
    {Op::kMaximum, 2, {1, 14, 0}},
    {Op::kMean, 1, {1, 6, 0}},
    {Op::kMean, 2, {1, 14, 0}},
    {Op::kMinimum, 1, {1, 14, 0}},
    {Op::kMinimum, 2, {1, 14, 0}},
    {Op::kMul, 1, {1, 5, 0}},
    {Op::kMul, 2, {1, 14, 0}},
    {Op::kMul, 3, {1, 15, 0}},
    {Op::kPack, 1, {1, 11, 0}},
    {Op::kPack, 2, {1, 14, 0}},
    {Op::kPad, 1, {1, 5, 0}},
    {Op::kPad, 2, {1, 14, 0}},
    {Op::kPad, 4, {2, 6, 0}},
    {Op::kPadV2, 1, {1, 9, 0}},
    {Op::kPadV2, 2, {1, 14, 0}},
    {Op::kPadV2, 4, {2, 6, 0}},
    {Op::kPrelu, 1, {1, 8, 0}},
    {Op::kQuantize, 1, {1, 14, 0}},
    {Op::kQuantize, 3, {2, 7, 0}},
    {Op::kReduceMax, 1, {1, 11, 0}},
    {Op::kReduceMax, 2, {1, 14, 0}},
    {Op::kReduceMin, 1, {1, 11, 0}},
    {Op::kReduceMin, 2, {1, 14, 0}},
    {Op::kRelu, 1, {1, 5, 0}},
    {Op::kRelu, 2, {2, 1, 0}},
    {Op::kRelu0To1, 1, {2, 10, 0}},
    {Op::kRelu6, 1, {1, 5, 0}},
    {Op::kRelu6, 2, {1, 14, 0}},
    {Op::kReluN1To1, 1, {1, 5, 0}},
    {Op::kReshape, 1, {1, 5, 0}},
    {Op::kResizeBilinear, 1, {1, 7, 0}},
    {Op::kResizeBilinear, 2, {1, 14, 0}},
    {Op::kResizeBilinear, 3, {2, 2, 0}},
    {Op::kResizeNearestNeighbor, 1, {1, 13, 1}},
    {Op::kResizeNearestNeighbor, 2, {1, 14, 0}},
    {Op::kResizeNearestNeighbor, 3, {2, 3, 0}},
    {Op::kRsqrt, 1, {1, 10, 0}},
    {Op::kRsqrt, 2, {2, 5, 0}},
    {Op::kShape, 1, {1, 10, 0}},
    {Op::kSlice, 1, {1, 14, 0}},
    {Op::kSlice, 2, {1, 14, 0}},
    {Op::kSoftmax, 1, {1, 5, 0}},
    {Op::kSoftmax, 2, {1, 14, 0}},
    {Op::kSplit, 1, {1, 5, 0}},
    {Op::kSplit, 2, {1, 14, 0}},
    {Op::kSquaredDifference, 1, {1, 13, 1}},
    {Op::kSquaredDifference, 2, {2, 5, 0}},
    {Op::kSqueeze, 1, {1, 6, 0}},
    {Op::kStridedSlice, 1, {1, 6, 0}},
    {Op::kStridedSlice, 2, {1, 14, 0}},
    {Op::kStridedSlice, 6, {2, 6, 0}},
    {Op::kSub, 1, {1, 6, 0}},
    {Op::kSub, 2, {1, 14, 0}},
    {Op::kSum, 1, {1, 10, 0}},
    {Op::kSum, 2, {1, 15, 0}},
    {Op::kTanh, 1, {1, 14, 0}},
    {Op::kTanh, 2, {1, 14, 0}},
    {Op::kTile, 1, {1, 10, 1}},
    {Op::kTile, 3, {2, 8, 0}},
    {Op::kTranspose, 1, {1, 6, 0}},
    {Op::kTranspose, 2, {1, 14, 0}},
    {Op::kTransposeConv, 1, {1, 9, 0}},
    {Op::kTransposeConv, 2, {2, 2, 0}},
    {Op::kTransposeConv, 3, {2, 3, 0}},
    {Op::kTransposeConv, 4, {2, 13, 0}},
});

const TfLiteTensor* tensor_of(const SubGraph& graph, const std::vector<int32_t>& indexes, size_t i) {
  if (i >= indexes.size() || indexes[i] < 0 || static_cast<size_t>(indexes[i]) >= graph.tensors.size())
    return nullptr;
  return &graph.tensors[static_cast<size_t>(indexes[i])];
}

// The operator's tensors, nullptr where it has none.
class Signs {
 public:
  Signs(const Operator& op, const SubGraph& graph) : op_(op), graph_(graph) {}

  const TfLiteTensor* input(size_t i) const { return tensor_of(graph_, op_.inputs, i); }
  const TfLiteTensor* output(size_t i) const { return tensor_of(graph_, op_.outputs, i); }
  static bool is_int8(const TfLiteTensor* tensor) {
    return tensor != nullptr && tensor->type == TensorType::kInt8;
  }
  static size_t rank(const TfLiteTensor* tensor) { return tensor == nullptr ? 0 : tensor->shape.size(); }
  static bool per_channel(const TfLiteTensor* tensor) {
    return tensor != nullptr && tensor->quantization && tensor->quantization->scale.size() > 1;
  }
  static float scale(const TfLiteTensor* tensor) {
    return tensor == nullptr || !tensor->quantization || tensor->quantization->scale.empty()
               ? 0.0F
               : tensor->quantization->scale[0];
  }

 private:
  const Operator& op_;
  const SubGraph& graph_;
};

int32_t conv_version(const Signs& signs) {
  const TfLiteTensor* x = signs.input(0);
  const TfLiteTensor* w = signs.input(1);
  const bool grouped = Signs::rank(x) == 4 && Signs::rank(w) == 4 && x->shape[3] != w->shape[3];
  if (grouped) return 6;
  return Signs::is_int8(x) ? 3 : 1;
}

int32_t depthwise_version(const Operator& op, const Signs& signs) {
  if (Signs::is_int8(signs.input(0))) return 3;
  const auto* options = std::get_if<TfLiteDepthwiseConv2dOptions>(&op.options);
  return options != nullptr && (options->dilation_h != 1 || options->dilation_w != 1) ? 2 : 1;
}

int32_t fully_connected_version(const Operator& op, const Signs& signs) {
  if (op.inputs.size() == 2) return 6;
  const auto* options = std::get_if<TfLiteFullyConnectedOptions>(&op.options);
  if (options != nullptr && options->keep_num_dims) return 5;
  return Signs::is_int8(signs.input(0)) ? 4 : 1;
}

int32_t multiply_version(const Signs& signs) {
  if (!Signs::is_int8(signs.input(0))) return 1;
  const float out = Signs::scale(signs.output(0));
  return Signs::scale(signs.input(0)) * Signs::scale(signs.input(1)) >= out ? 3 : 2;
}

int32_t transpose_conv_version(const Operator& op, const Signs& signs) {
  const auto* options = std::get_if<TfLiteTransposeConvOptions>(&op.options);
  if (options != nullptr && options->activation != FusedActivation::kNone) return 4;
  if (op.inputs.size() == 4) return 3;
  return Signs::is_int8(signs.input(2)) ? 2 : 1;
}

}  // namespace

int32_t lowest_version(const Operator& op, const SubGraph& graph) {
  const Signs signs(op, graph);
  const bool int8 = Signs::is_int8(signs.input(0));
  switch (op.op) {
    case Op::kConv2d:
      return conv_version(signs);
    case Op::kDepthwiseConv2d:
      return depthwise_version(op, signs);
    case Op::kFullyConnected:
      return fully_connected_version(op, signs);
    case Op::kMul:
      return multiply_version(signs);
    case Op::kTransposeConv:
      return transpose_conv_version(op, signs);
    case Op::kDequantize:
      return Signs::per_channel(signs.input(0)) ? 5 : int8 ? 2 : 1;
    case Op::kQuantize:
      return Signs::per_channel(signs.output(0)) ? 3 : 1;
    case Op::kPad:
    case Op::kPadV2:
      return Signs::rank(signs.input(0)) > 4 ? 4 : int8 ? 2 : 1;
    case Op::kResizeBilinear: {
      const auto* options = std::get_if<TfLiteResizeBilinearOptions>(&op.options);
      return options != nullptr && options->half_pixel_centers ? 3 : int8 ? 2 : 1;
    }
    case Op::kResizeNearestNeighbor: {
      const auto* options = std::get_if<TfLiteResizeNearestNeighborOptions>(&op.options);
      const bool newer = options != nullptr && (options->half_pixel_centers || options->align_corners);
      return newer ? 3 : int8 ? 2 : 1;
    }
    case Op::kStridedSlice: {
      const auto* options = std::get_if<TfLiteStridedSliceOptions>(&op.options);
      const bool newer = options != nullptr && (options->ellipsis_mask != 0 || options->new_axis_mask != 0);
      return newer ? 6 : int8 ? 2 : 1;
    }
    case Op::kSplit:
      return Signs::is_int8(signs.input(1)) ? 2 : 1;
    case Op::kTile:
      return int8 ? 3 : 1;
    case Op::kAdd:
    case Op::kArgMax:
    case Op::kAveragePool2d:
    case Op::kBatchMatmul:
    case Op::kConcatenation:
    case Op::kGelu:
    case Op::kL2Normalization:
    case Op::kLogistic:
    case Op::kMaxPool2d:
    case Op::kMaximum:
    case Op::kMean:
    case Op::kMinimum:
    case Op::kPack:
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kRelu:
    case Op::kRelu6:
    case Op::kRsqrt:
    case Op::kSlice:
    case Op::kSoftmax:
    case Op::kSquaredDifference:
    case Op::kSub:
    case Op::kSum:
    case Op::kTanh:
    case Op::kTranspose:
      return int8 ? 2 : 1;
    default:
      return 1;
  }
}

void set_lowest_versions(TfLiteModel& model) {
  for (SubGraph& graph : model.subgraphs) {
    for (Operator& op : graph.operators) op.version = lowest_version(op, graph);
  }
}

std::string min_runtime_version(const TfLiteModel& model) {
  Release newest{1, 5, 0};
  for (const SubGraph& graph : model.subgraphs) {
    for (const Operator& op : graph.operators) {
      const auto rule = std::find_if(kReleases.begin(), kReleases.end(), [&](const Rule& each) {
        return each.op == op.op && each.version == op.version;
      });
      if (rule != kReleases.end()) newest = std::max(newest, rule->since);
    }
  }
  return fmt::format("{}.{}.{}", newest.major, newest.minor, newest.patch);
}

Metadata runtime_version_metadata(const TfLiteModel& model) {
  const std::string version = min_runtime_version(model);
  Metadata metadata{kMinRuntimeVersion, std::vector<std::byte>(16)};
  std::memcpy(metadata.data.data(), version.data(), std::min<size_t>(version.size(), 15));
  return metadata;
}

}  // namespace nudge::tflite
