#include "nudge/edgetpu/operator_view.h"

#include <cstring>

namespace nudge::edgetpu {

using tflite::TensorType;
using tflite::TfLiteTensor;

GraphView::GraphView(const tflite::SubGraph& graph) : graph_(graph), computed_(graph.tensors.size(), false) {
  for (const int32_t input : graph.inputs) computed_[static_cast<size_t>(input)] = true;
  for (const tflite::Operator& op : graph.operators) {
    for (const int32_t output : op.outputs) computed_[static_cast<size_t>(output)] = true;
  }
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (graph.tensors[i].is_variable) computed_[i] = true;
  }
}

const TfLiteTensor* OperatorView::tensor(const std::vector<int32_t>& indexes, size_t i) const {
  if (i >= indexes.size() || indexes[i] < 0) return nullptr;
  return &view_.graph().tensors[static_cast<size_t>(indexes[i])];
}

bool OperatorView::is_computed_input(size_t i) const {
  return input(i) != nullptr && view_.is_computed(op_.inputs[i]);
}

std::optional<std::vector<int64_t>> OperatorView::integers(size_t i) const {
  if (!is_constant_input(i)) return std::nullopt;
  const TfLiteTensor& from = *input(i);
  std::vector<int64_t> values;
  if (from.type == TensorType::kInt32) {
    std::vector<int32_t> narrow(from.data.size() / sizeof(int32_t));
    if (!narrow.empty()) std::memcpy(narrow.data(), from.data.data(), narrow.size() * sizeof(int32_t));
    values.assign(narrow.begin(), narrow.end());
  } else if (from.type == TensorType::kInt64) {
    values.resize(from.data.size() / sizeof(int64_t));
    if (!values.empty()) std::memcpy(values.data(), from.data.data(), values.size() * sizeof(int64_t));
  } else {
    return std::nullopt;
  }
  return values;
}

std::vector<const TfLiteTensor*> OperatorView::activations() const {
  std::vector<const TfLiteTensor*> found;
  for (size_t i = 0; i < input_count(); ++i) {
    if (is_computed_input(i) && !input(i)->is_variable) found.push_back(input(i));
  }
  for (size_t i = 0; i < output_count(); ++i) {
    if (output(i) != nullptr) found.push_back(output(i));
  }
  return found;
}

bool is_8bit(const TfLiteTensor& tensor) {
  return tensor.type == TensorType::kUInt8 || tensor.type == TensorType::kInt8;
}

int64_t count_elements(const TfLiteTensor& tensor) {
  int64_t count = 1;
  for (const int64_t size : tensor.shape) {
    if (size == 0) return 0;
    if (count > INT64_MAX / size) return INT64_MAX;
    count *= size;
  }
  return count;
}

}  // namespace nudge::edgetpu
