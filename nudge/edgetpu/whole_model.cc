#include "nudge/edgetpu/whole_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "nudge/edgetpu/limits.h"
#include "nudge/edgetpu/operator_rules.h"
#include "nudge/edgetpu/quantized_product.h"

namespace nudge::edgetpu {
namespace {

using Op = tflite::BuiltinOperator;
using tflite::TfLiteTensor;

constexpr const char* kNotParsed = "Model could not be parsed";
constexpr const char* kNotQuantized = "Model not quantized";
constexpr const char* kDynamic =
    "Attempting to use a delegate that only supports static-sized tensors with a graph that has "
    "dynamic-sized "
    "tensors";
constexpr const char* kInterpreter = "Model failed in Tflite interpreter";
constexpr const char* kInternal = "Internal compiler error";

struct NewestVersion {
  Op op;
  int32_t version;
};
// What the interpreter within compiler 16.0 parses.  Refusals of CONV_2D 6, QUANTIZE 3, TRANSPOSE_CONV 4 and
// EXP 2 are reported (google-coral/edgetpu 631, 879, 845; libedgetpu 71); the others came after
// TensorFlow 2.6, which it is older than.  Operators that are not here are taken as they are.
constexpr std::array kNewestVersions = std::to_array<NewestVersion>({
    {Op::kConv2d, 5},
    {Op::kDepthwiseConv2d, 6},
    {Op::kDequantize, 4},
    {Op::kExp, 1},
    {Op::kFloorDiv, 2},
    {Op::kFullyConnected, 9},
    {Op::kLog, 1},
    {Op::kQuantize, 2},
    {Op::kReverseV2, 3},
    {Op::kTile, 2},
    {Op::kTranspose, 5},
    {Op::kTransposeConv, 3},
});

// Inputs that decide the shape of what an operator writes.
struct ShapeInputs {
  Op op;
  size_t first;
  size_t last;
};
constexpr std::array kShapeInputs = std::to_array<ShapeInputs>({
    {Op::kBroadcastTo, 1, 1},
    {Op::kExpandDims, 1, 1},
    {Op::kFill, 0, 0},
    {Op::kMean, 1, 1},
    {Op::kMirrorPad, 1, 1},
    {Op::kPad, 1, 1},
    {Op::kPadV2, 1, 1},
    {Op::kRange, 0, 2},
    {Op::kReduceMax, 1, 1},
    {Op::kReduceMin, 1, 1},
    {Op::kReshape, 1, 1},
    {Op::kResizeBilinear, 1, 1},
    {Op::kResizeNearestNeighbor, 1, 1},
    {Op::kSlice, 1, 2},
    {Op::kSplit, 0, 0},
    {Op::kSplitV, 1, 2},
    {Op::kStridedSlice, 1, 3},
    {Op::kSum, 1, 1},
    {Op::kTile, 1, 1},
    {Op::kTranspose, 1, 1},
    {Op::kTransposeConv, 0, 0},
});

class FailureSearch {
 public:
  explicit FailureSearch(const tflite::SubGraph& graph) : graph_(graph), view_(graph) {}

  std::vector<Failure> find() {
    bool quantized = graph_.operators.empty();
    for (size_t i = 0; i < graph_.operators.size(); ++i) {
      const OperatorView op(view_, i);
      here_ = fmt::format("operator {} {}", i, tflite::to_string(op.op().op));
      check_version(op);
      check_custom(op);
      check_shapes(op);
      check_quantization(op);
      if (const auto product = quantized_product(op)) check_product(*product);
      quantized = quantized || writes_8bit(op);
    }
    if (!quantized) {
      here_ = "the model";
      add(kNotQuantized, "no operator writes quantized 8-bit values; convert it to int8");
    }
    return std::move(failures_);
  }

 private:
  void add(const char* says, const std::string& reason) {
    failures_.push_back({says, fmt::format("{}: {}", here_, reason)});
  }

  void check_version(const OperatorView& op) {
    const auto number = static_cast<int32_t>(op.op().op);
    if (number > kNewestOperator) {
      add(kNotParsed,
          fmt::format("Didn't find op for builtin opcode {}: it is newer than the compiler", number));
    }
    for (const NewestVersion& newest : kNewestVersions) {
      if (newest.op != op.op().op || op.op().version <= newest.version) continue;
      add(kNotParsed, fmt::format("Didn't find op for builtin opcode '{}' version '{}': at most {} is known",
                                  tflite::to_string(newest.op), op.op().version, newest.version));
    }
  }

  void check_custom(const OperatorView& op) {
    if (op.op().op != Op::kCustom) return;
    if (op.op().custom_code == "edgetpu-custom-op") {
      add("Model already compiled", "the file is the output of the compiler; give it the original");
    } else if (op.op().custom_code.starts_with("Flex")) {
      add(kInterpreter, fmt::format("{} needs TensorFlow's own operators", op.op().custom_code));
    }
  }

  void check_shapes(const OperatorView& op) {
    if (op.op().op == Op::kWhere || op.op().op == Op::kUnique) {
      add(kDynamic, "how much it writes depends on the values");
    }
    for (const ShapeInputs& inputs : kShapeInputs) {
      if (inputs.op != op.op().op) continue;
      for (size_t i = inputs.first; i <= inputs.last; ++i) {
        if (!op.is_computed_input(i)) continue;
        add(kDynamic,
            fmt::format("'{}', which its shape depends on, is computed by the model itself; fix the "
                        "batch before converting",
                        op.input(i)->name));
        break;
      }
    }
  }

  void check_quantization(const OperatorView& op) {
    for (size_t i = 0; i < op.input_count(); ++i) check_scales(op.input(i));
    for (size_t i = 0; i < op.output_count(); ++i) check_scales(op.output(i));
    if (judge(op).status != Status::kMapped) return;
    for (const TfLiteTensor* tensor : op.activations()) {
      if (!tensor->quantization || tensor->quantization->scale.empty()) {
        add(kNotQuantized, fmt::format("'{}' has no scale", tensor->name));
      }
    }
  }

  void check_scales(const TfLiteTensor* tensor) {
    if (tensor == nullptr || !tensor->quantization) return;
    for (const float scale : tensor->quantization->scale) {
      if (std::isfinite(scale) && scale > 0) continue;
      add(kInternal,
          fmt::format("'{}' has scale {}, which must be positive and finite", tensor->name, scale));
      return;
    }
  }

  void check_product(const QuantizedProduct& product) {
    if (product.bias != nullptr && product.bias->type != tflite::TensorType::kInt32) {
      add(kInternal, fmt::format("its bias '{}' is {}, where INT32 is needed", product.bias->name,
                                 tflite::to_string(product.bias->type)));
    }
    if (const auto channel = product.channel_without_multiplier()) {
      add(kInternal, fmt::format("its scales give channel {} no finite multiplier above 0", *channel));
    }
    if (product.is_dense && product.is_zero_or_identity()) {
      add(kInternal, fmt::format("its weights '{}' are all zero or the identity", product.weights->name));
    }
  }

  static bool writes_8bit(const OperatorView& op) {
    for (size_t i = 0; i < op.output_count(); ++i) {
      const TfLiteTensor* output = op.output(i);
      if (output != nullptr && is_8bit(*output) && output->quantization) return true;
    }
    return false;
  }

  const tflite::SubGraph& graph_;
  GraphView view_;
  std::string here_;
  std::vector<Failure> failures_;
};

}  // namespace

std::vector<Failure> find_failures(const tflite::TfLiteModel& model) {
  return FailureSearch(model.main()).find();
}

}  // namespace nudge::edgetpu
