#include "nudge/convert/float_islands.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;

bool moves_only(BuiltinOperator op) {
  return op == BuiltinOperator::kDequantize || op == BuiltinOperator::kQuantize ||
         op == BuiltinOperator::kReshape;
}

std::string layer_of(const std::string& tensor) { return tensor.substr(0, tensor.find_first_of("/:")); }

// Of a product: whether its weights are a layer's that has no quantizer of them.
bool has_float_weights(const tflite::Operator& op, const tflite::SubGraph& graph,
                       const QuantizedLayers& layers) {
  constexpr size_t kWeights = 1;
  if (op.inputs.size() <= kWeights || op.inputs[kWeights] < 0) return false;
  const tflite::TfLiteTensor& weights = graph.tensors.at(static_cast<size_t>(op.inputs[kWeights]));
  return weights.is_constant() && weights.name.ends_with("/kernel") &&
         !layers.weights.contains(layer_of(weights.name));
}

}  // namespace

std::vector<FloatIsland> float_islands(const tflite::TfLiteModel& file, const QuantizedLayers& layers) {
  std::vector<FloatIsland> islands;
  const tflite::SubGraph& graph = file.main();
  for (const tflite::Operator& op : graph.operators) {
    const tflite::TfLiteTensor& output = graph.tensors.at(static_cast<size_t>(op.outputs.front()));
    if (moves_only(op.op) || output.type != tflite::TensorType::kFloat32) continue;
    const bool quantized =
        layers.outputs.contains(output.name) || layers.outputs.contains(layer_of(output.name));
    const char* reason = "its 8-bit kernel cannot compute it between these ranges";
    if (!quantized) reason = "training puts no quantizer on it";
    if (quantized && has_float_weights(op, graph, layers)) reason = "its weights have no quantizer";
    islands.push_back({output.name, to_string(op.op), reason});
  }
  return islands;
}

}  // namespace nudge::convert
