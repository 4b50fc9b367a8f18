#include "nudge/train/model_ends.h"

#include "nudge/quantize/placed_program.h"

namespace nudge::train {
namespace {

std::vector<ModelEnd> ends_of(const std::vector<Tensor>& tensors) {
  std::vector<ModelEnd> ends;
  for (const Tensor& tensor : tensors) {
    ends.push_back({quantize::computing_layer(tensor.layer()).name(), tensor.shape()});
  }
  return ends;
}

std::vector<ModelEnd> ends_of(const tflite::TfLiteModel& file, bool inputs) {
  const tflite::SubGraph& graph = file.main();
  std::vector<ModelEnd> ends;
  for (const int32_t index : inputs ? graph.inputs : graph.outputs) {
    const tflite::TfLiteTensor& tensor = graph.tensors.at(static_cast<size_t>(index));
    ModelEnd& end = ends.emplace_back(tensor.name, tensor.shape);
    if (file.signatures.empty()) continue;
    const tflite::Signature& signature = file.signatures.front();
    for (const auto& [name, of] : inputs ? signature.inputs : signature.outputs) {
      if (of == index) end.name = name;
    }
  }
  return ends;
}

}  // namespace

std::vector<ModelEnd> inputs_of(const Model& model) { return ends_of(model.inputs()); }
std::vector<ModelEnd> outputs_of(const Model& model) { return ends_of(model.outputs()); }
std::vector<ModelEnd> inputs_of(const tflite::TfLiteModel& file) { return ends_of(file, true); }
std::vector<ModelEnd> outputs_of(const tflite::TfLiteModel& file) { return ends_of(file, false); }

}  // namespace nudge::train
