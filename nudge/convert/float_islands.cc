#include "nudge/convert/float_islands.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;

bool moves_only(BuiltinOperator op) {
  return op == BuiltinOperator::kDequantize || op == BuiltinOperator::kQuantize ||
         op == BuiltinOperator::kReshape;
}

}  // namespace

std::vector<FloatIsland> float_islands(const tflite::TfLiteModel& file,
                                       const std::set<std::string>& quantized_layers) {
  std::vector<FloatIsland> islands;
  const tflite::SubGraph& graph = file.main();
  for (const tflite::Operator& op : graph.operators) {
    const tflite::TfLiteTensor& output = graph.tensors.at(static_cast<size_t>(op.outputs.front()));
    if (moves_only(op.op) || output.type != tflite::TensorType::kFloat32) continue;
    const std::string layer = output.name.substr(0, output.name.find_first_of("/:"));
    const bool quantized = quantized_layers.contains(output.name) || quantized_layers.contains(layer);
    islands.push_back({output.name, to_string(op.op),
                       quantized ? "its 8-bit kernel cannot compute it between these ranges"
                                 : "training puts no quantizer on it"});
  }
  return islands;
}

}  // namespace nudge::convert
