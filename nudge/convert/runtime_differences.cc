#include "nudge/convert/runtime_differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "nudge/convert/emitter.h"
#include "nudge/convert/portable_codes.h"
#include "nudge/convert/portable_multiply.h"
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

// What is wrong with an operator: "may round MUL a step otherwise"; nothing where all is well.
std::optional<std::string> pair_difference(const tflite::SubGraph& graph, const tflite::Operator& op) {
  const auto a = grid_of(graph, op.inputs[0]), b = grid_of(graph, op.inputs[1]);
  const auto out = grid_of(graph, op.outputs.front());
  if (!a || !b || !out) return std::nullopt;
  const bool subtract = op.op == BuiltinOperator::kSub;
  if (subtract || op.op == BuiltinOperator::kAdd) {
    if (differing_pairs({*a, *b, subtract}, *out, 1) == 0) return std::nullopt;
  } else if (op.op == BuiltinOperator::kMul) {
    MultipliedGrids grids{*a, *b};
    const TfLiteTensor& right = tensor_of(graph, op.inputs[1]);
    if (right.is_constant()) {
      const Array codes = tflite::to_array(right);
      const auto [least, most] = std::ranges::minmax(codes.span<int8_t>());
      grids.least_b = least;
      grids.most_b = most;
    }
    if (multiplies_alike(grids, *out)) return std::nullopt;
  } else {
    if (b->zero_point != 0) return "take BATCH_MATMUL's second input as if its zero point were 0";
    const auto& options = std::get<tflite::TfLiteBatchMatMulOptions>(op.options);
    const Shape& left = tensor_of(graph, op.inputs[0]).shape;
    if (multiplies_alike({*a, *b, left[left.size() - (options.adj_x ? 2 : 1)]}, *out)) return std::nullopt;
  }
  return fmt::format("may round {} a step otherwise", to_string(op.op));
}

std::optional<std::string> requantization_difference(const tflite::SubGraph& graph,
                                                     const tflite::Operator& op) {
  const auto from = grid_of(graph, op.inputs.front()), to = grid_of(graph, op.outputs.front());
  if (!from || !to) return std::nullopt;
  const int differing = requantized_otherwise(*from, *to);
  if (differing == 0) return std::nullopt;
  return fmt::format("make other codes of {} of 256 in QUANTIZE", differing);
}

std::optional<std::string> difference(const tflite::SubGraph& graph, const tflite::Operator& op) {
  switch (op.op) {
    case BuiltinOperator::kAdd:
    case BuiltinOperator::kSub:
    case BuiltinOperator::kMul:
    case BuiltinOperator::kBatchMatmul:
      return pair_difference(graph, op);
    case BuiltinOperator::kQuantize:
      return requantization_difference(graph, op);
    case BuiltinOperator::kLeakyRelu:
    case BuiltinOperator::kMean:
    case BuiltinOperator::kResizeBilinear:
      return fmt::format("may round {} a step otherwise", to_string(op.op));
    default:
      return std::nullopt;
  }
}

}  // namespace

std::vector<std::string> runtime_differences(const tflite::TfLiteModel& file) {
  std::vector<std::string> lines;
  const tflite::SubGraph& graph = file.main();
  add_products(graph, lines);
  for (const tflite::Operator& op : graph.operators) {
    if (op.inputs.empty() || !grid_of(graph, op.outputs.front())) continue;
    if (const auto found = difference(graph, op)) {
      lines.push_back(
          fmt::format("{}: LiteRT's default kernels {}", tensor_of(graph, op.outputs.front()).name, *found));
    }
  }
  return lines;
}

}  // namespace nudge::convert
