// Small quantized models made in the tests of this folder.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/tflite/model.h"

namespace nudge::edgetpu {

class TestGraph {
 public:
  TestGraph() { model_.subgraphs.emplace_back(); }

  int32_t input(const Shape& shape, tflite::TensorType type = tflite::TensorType::kInt8);
  // What an operator writes.
  int32_t activation(const Shape& shape, tflite::TensorType type = tflite::TensorType::kInt8);
  // Constants: INT8 weights with one scale, of different codes; INT32 numbers; INT8 codes that are all
  // `code`.
  int32_t weights(const Shape& shape);
  int32_t ints(const std::vector<int32_t>& values);
  int32_t codes(const Shape& shape, int8_t code);

  tflite::TfLiteTensor& tensor(int32_t index) { return model_.main().tensors[static_cast<size_t>(index)]; }

  // With the lowest version that the operator can have.
  tflite::Operator& add(tflite::BuiltinOperator op, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
                        tflite::Options options = {});

  // The last operator's outputs are the model's.  `finish` writes the model into bytes and reads it again.
  tflite::TfLiteModel finish() const;
  tflite::TfLiteModel as_built() const;

 private:
  tflite::TfLiteModel model_;
};

// A convolution of 3 x 3 with ReLU6 on 8 x 8 pixels; its tensors are input, weights, bias, output.
TestGraph small_convolution();

}  // namespace nudge::edgetpu
