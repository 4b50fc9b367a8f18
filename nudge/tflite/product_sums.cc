#include "nudge/tflite/product_sums.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace nudge::tflite {
namespace {

struct Form {
  size_t input;    // which of the operator's inputs are codes
  size_t bias;     // and which the bias, where there is one
  bool last_axis;  // whether a channel is an index of the weights' last dimension or of their first
};

std::optional<Form> form_of(BuiltinOperator op) {
  switch (op) {
    case BuiltinOperator::kConv2d:
    case BuiltinOperator::kFullyConnected:
      return Form{.input = 0, .bias = 2, .last_axis = false};
    case BuiltinOperator::kDepthwiseConv2d:
      return Form{.input = 0, .bias = 2, .last_axis = true};
    case BuiltinOperator::kTransposeConv:
      return Form{.input = 2, .bias = 3, .last_axis = false};
    default:
      return std::nullopt;
  }
}

const TfLiteTensor* tensor_of(const SubGraph& graph, const Operator& op, size_t input) {
  if (input >= op.inputs.size() || op.inputs[input] < 0) return nullptr;
  return &graph.tensors.at(static_cast<size_t>(op.inputs[input]));
}

std::vector<ChannelSums> sums_of(const TfLiteTensor& input, const TfLiteTensor& weights,
                                 const TfLiteTensor* bias, bool last_axis) {
  const bool has_zero = input.quantization && !input.quantization->zero_point.empty();
  const int64_t zero_point = has_zero ? input.quantization->zero_point.front() : 0;
  const auto channels = static_cast<size_t>(last_axis ? weights.shape.back() : weights.shape.front());
  std::vector<ChannelSums> sums(channels);
  if (bias != nullptr && bias->data.size() == channels * sizeof(int32_t)) {
    for (size_t c = 0; c < channels; ++c) {
      int32_t value = 0;
      std::memcpy(&value, bias->data.data() + c * sizeof(value), sizeof(value));
      sums[c] = {value, value};
    }
  }
  const size_t terms = weights.data.size() / channels;
  for (size_t i = 0; i < weights.data.size(); ++i) {
    const auto weight = static_cast<int8_t>(weights.data[i]);
    sums[last_axis ? i % channels : i / terms].add_product(INT8_MIN - zero_point, INT8_MAX - zero_point,
                                                           weight);
  }
  return sums;
}

}  // namespace

void ChannelSums::add_product(int64_t lowest_input, int64_t highest_input, int64_t weight) {
  least += std::min(lowest_input * weight, highest_input * weight);
  most += std::max(lowest_input * weight, highest_input * weight);
}

std::vector<ProductSums> product_sums(const SubGraph& graph) {
  std::vector<ProductSums> products;
  for (const Operator& op : graph.operators) {
    const std::optional<Form> form = form_of(op.op);
    if (!form) continue;
    const TfLiteTensor* input = tensor_of(graph, op, form->input);
    const TfLiteTensor* weights = tensor_of(graph, op, 1);
    if (input == nullptr || weights == nullptr || input->type != TensorType::kInt8 ||
        weights->type != TensorType::kInt8 || !weights->is_constant() || weights->shape.empty()) {
      continue;
    }
    ProductSums sums{.input = op.inputs[form->input], .weights = op.inputs[1], .output = op.outputs.front()};
    sums.channels = sums_of(*input, *weights, tensor_of(graph, op, form->bias), form->last_axis);
    sums.terms = std::ssize(weights->data) / std::ssize(sums.channels);
    products.push_back(std::move(sums));
  }
  return products;
}

}  // namespace nudge::tflite
