// A .tflite model run over a data set: what the device will report.
#pragma once

#include <memory>
#include <string>

#include "nudge/base/array.h"
#include "nudge/tflite/model.h"

namespace nudge::train {

enum class Runtime {
  kLitert,           // the real runtime with its default kernels
  kLitertReference,  // the real runtime with its reference kernels
  kReference,        // nudge's own integer evaluator: the same values as kLitertReference
};

// "litert", "litert-reference", "reference"; throws ValueError listing them.
Runtime runtime_from_name(const std::string& name);
std::string to_string(Runtime runtime);

// Runs a file on preprocessed float32 batches; 8-bit inputs are quantized as the file says and 8-bit outputs
// dequantized.
class Deployed {
 public:
  Deployed(const tflite::TfLiteModel& model, Runtime runtime);
  ~Deployed();
  // float32 (N, ...) -> float32 (N, classes)
  Array predict(const Array& inputs);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace nudge::train
