#include "nudge/edgetpu/test_graph.h"

#include "nudge/tflite/reader.h"
#include "nudge/tflite/versions.h"
#include "nudge/tflite/writer.h"

namespace nudge::edgetpu {

using tflite::TensorType;

int32_t TestGraph::input(const Shape& shape, TensorType type) {
  const int32_t index = activation(shape, type);
  model_.main().inputs.push_back(index);
  return index;
}

int32_t TestGraph::activation(const Shape& shape, TensorType type) {
  tflite::TfLiteTensor tensor;
  tensor.name = "tensor" + std::to_string(model_.main().tensors.size());
  tensor.shape = shape;
  tensor.type = type;
  if (type == TensorType::kInt8) tensor.quantization = tflite::per_tensor(0.05F, -3);
  if (type == TensorType::kUInt8) tensor.quantization = tflite::per_tensor(0.05F, 125);
  return model_.main().add(std::move(tensor));
}

int32_t TestGraph::weights(const Shape& shape) {
  Array array(shape, DataType::kInt8);
  int8_t code = 0;
  for (int8_t& value : array.span<int8_t>()) value = static_cast<int8_t>(++code % 100);
  return model_.main().add(tflite::constant("weights" + std::to_string(model_.main().tensors.size()), array,
                                            tflite::per_tensor(0.01F, 0)));
}

int32_t TestGraph::ints(const std::vector<int32_t>& values) {
  return model_.main().add(
      tflite::constant("ints" + std::to_string(model_.main().tensors.size()),
                       Array::of<int32_t>({static_cast<int64_t>(values.size())}, values)));
}

int32_t TestGraph::codes(const Shape& shape, int8_t code) {
  return model_.main().add(tflite::constant("codes" + std::to_string(model_.main().tensors.size()),
                                            Array::full<int8_t>(shape, code), tflite::per_tensor(0.05F, 0)));
}

tflite::Operator& TestGraph::add(tflite::BuiltinOperator op, std::vector<int32_t> inputs,
                                 std::vector<int32_t> outputs, tflite::Options options) {
  tflite::Operator added;
  added.op = op;
  added.inputs = std::move(inputs);
  added.outputs = std::move(outputs);
  added.options = std::move(options);
  added.version = tflite::lowest_version(added, model_.main());
  model_.main().outputs = added.outputs;
  model_.main().operators.push_back(std::move(added));
  return model_.main().operators.back();
}

tflite::TfLiteModel TestGraph::finish() const { return tflite::parse(tflite::serialize(model_), "test"); }

tflite::TfLiteModel TestGraph::as_built() const { return model_; }

TestGraph small_convolution() {
  TestGraph graph;
  const int32_t x = graph.input({1, 8, 8, 3});
  const int32_t w = graph.weights({4, 3, 3, 3});
  const int32_t bias = graph.ints({1, 2, 3, 4});
  const int32_t y = graph.activation({1, 8, 8, 4});
  tflite::TfLiteConv2dOptions options;
  options.activation = tflite::FusedActivation::kRelu6;
  graph.add(tflite::BuiltinOperator::kConv2d, {x, w, bias}, {y}, options);
  return graph;
}

}  // namespace nudge::edgetpu
