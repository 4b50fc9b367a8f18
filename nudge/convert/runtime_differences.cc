#include "nudge/convert/runtime_differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "nudge/convert/emitter.h"
#include "nudge/convert/portable_scale.h"
#include "nudge/convert/portable_sum.h"
#include "nudge/tflite/product_sums.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;
using tflite::TfLiteTensor;

const TfLiteTensor& tensor_of(const tflite::SubGraph& graph, int32_t index) {
  return graph.tensors.at(static_cast<size_t>(index));
}

// Nothing where the tensor is not int8 with one scale.
std::optional<CodeGrid> grid_of(const tflite::SubGraph& graph, int32_t index) {
  if (index < 0) return std::nullopt;
  const TfLiteTensor& tensor = tensor_of(graph, index);
  if (tensor.type != tflite::TensorType::kInt8 || !tensor.quantization ||
      tensor.quantization->scale.size() != 1) {
    return std::nullopt;
  }
  return code_grid(*tensor.quantization);
}

void add_products(const tflite::SubGraph& graph, std::vector<std::string>& lines) {
  for (const tflite::ProductSums& product : tflite::product_sums(graph)) {
    const auto input = grid_of(graph, product.input), output = grid_of(graph, product.output);
    const TfLiteTensor& weights = tensor_of(graph, product.weights);
    if (!input || !output || !weights.quantization) continue;
    const std::vector<float>& scales = weights.quantization->scale;
    int64_t unproven = 0;
    size_t first = 0;
    for (size_t c = 0; c < product.channels.size(); ++c) {
      const float scale = scales[scales.size() == 1 ? 0 : c];
      if (same_codes(scale, input->scale, *output, product.channels[c])) continue;
      if (unproven++ == 0) first = c;
    }
    if (unproven == 0) continue;
    lines.push_back(fmt::format("{}: runtimes may differ by a step in {} of {} channels, in channel {} first",
                                tensor_of(graph, product.output).name, unproven, product.channels.size(),
                                first));
  }
}

bool rounds_otherwise(const tflite::SubGraph& graph, const tflite::Operator& op) {
  switch (op.op) {
    case BuiltinOperator::kLeakyRelu:
    case BuiltinOperator::kMul:
    case BuiltinOperator::kMean:
    case BuiltinOperator::kResizeBilinear:
      return true;
    case BuiltinOperator::kQuantize: {
      const auto from = grid_of(graph, op.inputs.front()), to = grid_of(graph, op.outputs.front());
      return from && to && from->scale != to->scale;
    }
    default:
      return false;
  }
}

bool is_uneven_sum(const tflite::SubGraph& graph, const tflite::Operator& op) {
  if (op.op != BuiltinOperator::kAdd) return false;
  const auto a = grid_of(graph, op.inputs[0]), b = grid_of(graph, op.inputs[1]);
  const auto sum = grid_of(graph, op.outputs.front());
  return a && b && sum && differing_pairs(*a, *b, *sum, 1) > 0;
}

}  // namespace

std::vector<std::string> runtime_differences(const tflite::TfLiteModel& file) {
  std::vector<std::string> lines;
  const tflite::SubGraph& graph = file.main();
  add_products(graph, lines);
  for (const tflite::Operator& op : graph.operators) {
    if (op.inputs.empty() || !grid_of(graph, op.outputs.front())) continue;
    if (rounds_otherwise(graph, op) || is_uneven_sum(graph, op)) {
      lines.push_back(fmt::format("{}: LiteRT's default kernels may round {} a step otherwise",
                                  tensor_of(graph, op.outputs.front()).name, to_string(op.op)));
    }
  }
  return lines;
}

}  // namespace nudge::convert
