#include "nudge/tflite/versions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "nudge/tflite/version_releases.h"

namespace nudge::tflite {

namespace {

using Op = BuiltinOperator;

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
  static bool is_float(const TfLiteTensor* tensor) {
    return tensor != nullptr && tensor->type == TensorType::kFloat32;
  }
  static bool is_float16(const TfLiteTensor* tensor) {
    return tensor != nullptr && tensor->type == TensorType::kFloat16;
  }
  static bool is_bool(const TfLiteTensor* tensor) {
    return tensor != nullptr && tensor->type == TensorType::kBool;
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
  // Float inputs and int8 weights.
  bool has_dynamic_range() const { return is_float(input(0)) && is_int8(input(1)); }
  // Two shapes that are stretched to one, in more dimensions than first kernels had.
  bool broadcasts_above_rank_4() const {
    const TfLiteTensor *a = input(0), *b = input(1);
    return a != nullptr && b != nullptr && a->shape != b->shape && std::max(rank(a), rank(b)) > 4;
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
  if (signs.has_dynamic_range()) return Signs::per_channel(w) ? 5 : 2;
  return Signs::is_int8(x) ? 3 : 1;
}

int32_t depthwise_version(const Operator& op, const Signs& signs) {
  if (signs.has_dynamic_range()) return Signs::per_channel(signs.input(1)) ? 6 : 4;
  if (Signs::is_int8(signs.input(0))) return 3;
  const auto* options = std::get_if<TfLiteDepthwiseConv2dOptions>(&op.options);
  return options != nullptr && (options->dilation_h != 1 || options->dilation_w != 1) ? 2 : 1;
}

int32_t fully_connected_version(const Operator& op, const Signs& signs) {
  if (op.inputs.size() == 2) return 6;
  const auto* options = std::get_if<TfLiteFullyConnectedOptions>(&op.options);
  const bool asymmetric = options != nullptr && options->asymmetric_quantize_inputs;
  if (signs.has_dynamic_range() && asymmetric) return 9;
  if (options != nullptr && options->keep_num_dims) return 5;
  return Signs::is_int8(signs.input(0)) ? 4 : signs.has_dynamic_range() ? 3 : 1;
}

int32_t multiply_version(const Signs& signs) {
  if (!Signs::is_int8(signs.input(0))) return 1;
  const float out = Signs::scale(signs.output(0));
  return Signs::scale(signs.input(0)) * Signs::scale(signs.input(1)) >= out ? 3 : 2;
}

int32_t strided_slice_version(const Operator& op, const Signs& signs) {
  const auto* options = std::get_if<TfLiteStridedSliceOptions>(&op.options);
  if (options != nullptr && (options->ellipsis_mask != 0 || options->new_axis_mask != 0)) return 6;
  if (Signs::rank(signs.input(0)) > 4) return 4;
  return Signs::is_bool(signs.input(0)) ? 3 : Signs::is_int8(signs.input(0)) ? 2 : 1;
}

int32_t transpose_version(const Signs& signs) {
  const size_t rank = Signs::rank(signs.input(0));
  if (rank > 4) return rank > 5 ? 6 : 4;
  return Signs::is_bool(signs.input(0)) ? 3 : Signs::is_int8(signs.input(0)) ? 2 : 1;
}

int32_t gather_version(const Operator& op, const Signs& signs) {
  const auto* options = std::get_if<TfLiteGatherOptions>(&op.options);
  if (options != nullptr && options->batch_dims != 0) return 5;
  return Signs::is_bool(signs.input(0)) ? 3 : Signs::is_int8(signs.input(0)) ? 2 : 1;
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
      return Signs::per_channel(signs.input(0)) ? 5 : Signs::is_float16(signs.input(0)) ? 3 : int8 ? 2 : 1;
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
    case Op::kStridedSlice:
      return strided_slice_version(op, signs);
    case Op::kTranspose:
      return transpose_version(signs);
    case Op::kGather:
      return gather_version(op, signs);
    case Op::kSlice:
      return Signs::rank(signs.input(0)) > 4 ? 5 : int8 ? 2 : 1;
    case Op::kMaximum:
    case Op::kMinimum:
    case Op::kSub:
      return signs.broadcasts_above_rank_4() ? 3 : int8 ? 2 : 1;
    case Op::kDiv:
      return signs.broadcasts_above_rank_4() ? 2 : 1;
    case Op::kUnpack:
      return Signs::is_bool(signs.input(0)) ? 3 : int8 ? 2 : 1;
    case Op::kReverseV2:
      return int8 ? 3 : Signs::is_bool(signs.input(0)) ? 2 : 1;
    case Op::kFloorDiv:
      return int8 ? 3 : Signs::is_float(signs.input(0)) ? 2 : 1;
    case Op::kBroadcastTo:
      return int8 ? 3 : 2;
    case Op::kCast:
      return int8 || Signs::is_int8(signs.output(0)) ? 3 : 1;
    case Op::kSplit:
      return Signs::is_int8(signs.input(1)) ? 2 : 1;
    case Op::kTile:
      return int8 ? 3 : 1;
    case Op::kAbs:
    case Op::kAdd:
    case Op::kArgMax:
    case Op::kArgMin:
    case Op::kAveragePool2d:
    case Op::kBatchMatmul:
    case Op::kConcatenation:
    case Op::kEqual:
    case Op::kExp:
    case Op::kGelu:
    case Op::kGreater:
    case Op::kGreaterEqual:
    case Op::kL2Normalization:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kLog:
    case Op::kLogSoftmax:
    case Op::kLogistic:
    case Op::kMaxPool2d:
    case Op::kMean:
    case Op::kNotEqual:
    case Op::kPack:
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kRelu:
    case Op::kRelu6:
    case Op::kRsqrt:
    case Op::kSoftmax:
    case Op::kSplitV:
    case Op::kSquaredDifference:
    case Op::kSum:
    case Op::kTanh:
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
      const auto rule = std::find_if(kReleases.begin(), kReleases.end(), [&](const VersionRelease& each) {
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
