#include "nudge/deploy/arena.h"

#include <algorithm>
#include <vector>

namespace nudge::deploy {
namespace {

using Op = tflite::BuiltinOperator;

constexpr int64_t kAlignment = 16;
// What the interpreter keeps, on a machine of 64 bits; as measured, and then some.
constexpr int64_t kOfItself = 1280, kOfATensor = 24, kOfAnOperator = 192, kOfAnLstm = 2048;
constexpr int64_t kOfAChannel = 8;  // a multiplier and a shift
constexpr int64_t kOfADescription = 128, kOfAZeroPoint = 4;

// A value that lives from one operator to another.
struct Value {
  int64_t bytes = 0;
  size_t first = 0, last = 0;
  int64_t offset = -1;

  bool meets(const Value& other) const { return first <= other.last && other.first <= last; }
};

int64_t aligned(int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

int64_t bytes_of(const tflite::TfLiteTensor& tensor) {
  const auto bytes = tflite::byte_size(tensor.type, element_count(tensor.shape));
  return aligned(static_cast<int64_t>(bytes.value_or(0)));
}

// What an operator needs while it computes, beside its inputs and outputs: sums in 32 bits, the states of
// gates.
int64_t scratch(const tflite::SubGraph& graph, const tflite::Operator& op) {
  const auto bytes = [&](int32_t index) { return bytes_of(graph.tensors[static_cast<size_t>(index)]); };
  switch (op.op) {
    case Op::kTransposeConv:
    case Op::kMean:
    case Op::kSum:
    case Op::kSvdf:
      return 4 * bytes(op.outputs.at(0)) + kAlignment * 2;
    case Op::kUnidirectionalSequenceLstm:
      return 8 * bytes(op.outputs.at(0));
    default:
      return 0;
  }
}

std::vector<Value> values_of(const tflite::SubGraph& graph) {
  std::vector<Value> values(graph.tensors.size());
  std::vector<bool> used(values.size(), false);
  const auto use = [&](int32_t index, size_t op) {
    if (index < 0) return;
    const auto i = static_cast<size_t>(index);
    if (graph.tensors[i].is_constant()) return;
    if (!used[i]) values[i].first = op;
    used[i] = true;
    values[i].last = std::max(values[i].last, op);
    values[i].bytes = bytes_of(graph.tensors[i]);
  };
  for (const int32_t input : graph.inputs) use(input, 0);
  for (size_t op = 0; op < graph.operators.size(); ++op) {
    const tflite::Operator& found = graph.operators[op];
    for (const int32_t input : found.inputs) use(input, op);
    for (const int32_t output : found.outputs) use(output, op);
    if (const int64_t bytes = scratch(graph, found); bytes > 0)
      values.push_back({.bytes = bytes, .first = op, .last = op});
  }
  for (const int32_t output : graph.outputs) use(output, graph.operators.size());
  std::erase_if(values, [](const Value& value) { return value.bytes == 0; });
  return values;
}

// Largest first, each at the lowest place where nothing lies that lives at the same time.
int64_t placed(std::vector<Value> values) {
  std::ranges::stable_sort(values, std::greater(), &Value::bytes);
  int64_t most = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    std::vector<const Value*> others;
    for (size_t j = 0; j < i; ++j) {
      if (values[j].meets(values[i])) others.push_back(&values[j]);
    }
    std::ranges::sort(others, std::less(), &Value::offset);
    int64_t offset = 0;
    for (const Value* other : others) {
      if (offset + values[i].bytes <= other->offset) break;
      offset = std::max(offset, other->offset + other->bytes);
    }
    values[i].offset = offset;
    most = std::max(most, offset + values[i].bytes);
  }
  return most;
}

// Of a product, whose channels each have a scale; a fully connected layer may have one for all.
int64_t channels_of(const tflite::SubGraph& graph, const tflite::Operator& op) {
  const bool convolution =
      op.op == Op::kConv2d || op.op == Op::kDepthwiseConv2d || op.op == Op::kTransposeConv;
  if ((!convolution && op.op != Op::kFullyConnected) || op.inputs.size() < 2 || op.inputs[1] < 0) return 0;
  const auto& weights = graph.tensors[static_cast<size_t>(op.inputs[1])].quantization;
  const Shape& made = graph.tensors[static_cast<size_t>(op.outputs.at(0))].shape;
  if (!weights || (!convolution && weights->scale.size() < 2) || made.empty()) return 0;
  return made.back();
}

int64_t kept(const tflite::SubGraph& graph) {
  int64_t bytes = kOfATensor * static_cast<int64_t>(graph.tensors.size());
  for (const tflite::Operator& op : graph.operators) {
    bytes += op.op == Op::kUnidirectionalSequenceLstm ? kOfAnLstm : kOfAnOperator;
    bytes += kOfAChannel * channels_of(graph, op);
  }
  for (const tflite::TfLiteTensor& tensor : graph.tensors) {
    if (tensor.is_variable) bytes += bytes_of(tensor);
  }
  return bytes;
}

// Either way round: which of two equally large values is placed first is the interpreter's own affair.
int64_t most_placed(std::vector<Value> values) {
  const int64_t forwards = placed(values);
  std::ranges::reverse(values);
  return std::max(forwards, placed(std::move(values)));
}

// What the tensors of an operator are described by while it is prepared, before there are values.
int64_t descriptions(const tflite::SubGraph& graph) {
  int64_t most = 0;
  for (const tflite::Operator& op : graph.operators) {
    int64_t bytes = 0;
    const auto describe = [&](int32_t index) {
      if (index < 0) return;
      const auto& quantization = graph.tensors[static_cast<size_t>(index)].quantization;
      bytes += kOfADescription;
      if (quantization) bytes += kOfAZeroPoint * static_cast<int64_t>(quantization->scale.size());
    };
    std::ranges::for_each(op.inputs, describe);
    std::ranges::for_each(op.outputs, describe);
    most = std::max(most, bytes);
  }
  return most;
}

}  // namespace

int64_t estimated_arena(const tflite::TfLiteModel& file) {
  int64_t bytes = kOfItself;
  for (const tflite::SubGraph& graph : file.subgraphs) {
    bytes += std::max(most_placed(values_of(graph)), descriptions(graph)) + kept(graph);
  }
  return aligned(bytes);
}

}  // namespace nudge::deploy
