#include "nudge/tflite/sum_overflow.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace nudge::tflite {
namespace {

struct Product {
  size_t input;    // which of the operator's inputs are codes
  size_t bias;     // and which the bias, where there is one
  bool last_axis;  // whether a channel is an index of the weights' last dimension or of their first
};

std::optional<Product> product_of(BuiltinOperator op) {
  switch (op) {
    case BuiltinOperator::kConv2d:
    case BuiltinOperator::kFullyConnected:
      return Product{.input = 0, .bias = 2, .last_axis = false};
    case BuiltinOperator::kDepthwiseConv2d:
      return Product{.input = 0, .bias = 2, .last_axis = true};
    case BuiltinOperator::kTransposeConv:
      return Product{.input = 2, .bias = 3, .last_axis = false};
    default:
      return std::nullopt;
  }
}

const TfLiteTensor* tensor_of(const SubGraph& graph, const Operator& op, size_t input) {
  if (input >= op.inputs.size() || op.inputs[input] < 0) return nullptr;
  return &graph.tensors.at(static_cast<size_t>(op.inputs[input]));
}

// The bounds of a channel's sums.
struct Bounds {
  int64_t low = 0;
  int64_t high = 0;

  void add_product(int64_t least, int64_t most, int64_t weight) {
    low += std::min(least * weight, most * weight);
    high += std::max(least * weight, most * weight);
  }
  bool fit_int32() const { return low >= INT32_MIN && high <= INT32_MAX; }
};

std::vector<Bounds> bounds_of(const TfLiteTensor& input, const TfLiteTensor& weights,
                              const TfLiteTensor* bias, bool last_axis) {
  const bool has_zero = input.quantization && !input.quantization->zero_point.empty();
  const int64_t zero_point = has_zero ? input.quantization->zero_point.front() : 0;
  const auto channels = static_cast<size_t>(last_axis ? weights.shape.back() : weights.shape.front());
  std::vector<Bounds> bounds(channels);
  if (bias != nullptr && bias->data.size() == channels * sizeof(int32_t)) {
    for (size_t c = 0; c < channels; ++c) {
      int32_t value = 0;
      std::memcpy(&value, bias->data.data() + c * sizeof(value), sizeof(value));
      bounds[c] = {value, value};
    }
  }
  const size_t terms = weights.data.size() / channels;
  for (size_t i = 0; i < weights.data.size(); ++i) {
    const auto weight = static_cast<int8_t>(weights.data[i]);
    bounds[last_axis ? i % channels : i / terms].add_product(INT8_MIN - zero_point, INT8_MAX - zero_point,
                                                             weight);
  }
  return bounds;
}

}  // namespace

std::vector<std::string> overflowing_sums(const TfLiteModel& model) {
  std::vector<std::string> lines;
  const SubGraph& graph = model.main();
  for (const Operator& op : graph.operators) {
    const std::optional<Product> product = product_of(op.op);
    if (!product) continue;
    const TfLiteTensor* input = tensor_of(graph, op, product->input);
    const TfLiteTensor* weights = tensor_of(graph, op, 1);
    if (input == nullptr || weights == nullptr || input->type != TensorType::kInt8 ||
        weights->type != TensorType::kInt8 || !weights->is_constant() || weights->shape.empty()) {
      continue;
    }
    const std::vector<Bounds> bounds =
        bounds_of(*input, *weights, tensor_of(graph, op, product->bias), product->last_axis);
    const auto worst =
        std::ranges::find_if(bounds, [](const Bounds& channel) { return !channel.fit_int32(); });
    if (worst == bounds.end()) continue;
    lines.push_back(fmt::format(
        "{}: the sums of channel {} over {} terms may leave 32 bits, where every runtime wraps them",
        graph.tensors.at(static_cast<size_t>(op.outputs.front())).name, worst - bounds.begin(),
        weights->data.size() / bounds.size()));
  }
  return lines;
}

}  // namespace nudge::tflite
