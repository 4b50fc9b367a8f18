// A model of any kind on tensors as they are: nothing is preprocessed, quantized or dequantized on the way in
// or out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/graph/model.h"
#include "nudge/tflite/model.h"
#include "nudge/train/runtime.h"

namespace nudge::train {

using NamedTensors = std::vector<std::pair<std::string, Array>>;

class TensorRunner {
 public:
  virtual ~TensorRunner() = default;
  // Inputs in the model's order and types, any number of batches; outputs in the model's order.  Names are
  // unique.
  virtual NamedTensors run(const std::vector<Array>& inputs) = 0;
};

struct TensorRunnerOptions {
  Runtime runtime = Runtime::kAuto;  // of a .tflite file; only the evaluator gives all tensors
  bool simulated = false;            // a quantized model computes in its plan, as training simulates it
  bool all_tensors = false;          // not the outputs alone
  uint64_t seed = 0;                 // of a plan
  std::string name = "the model";    // for messages
};

// `bytes`: the file as it is stored, which LiteRT then runs; empty: as this library writes it.  Throws
// UnsupportedError when all tensors are wanted of LiteRT, which gives outputs only.
std::unique_ptr<TensorRunner> run_file(tflite::TfLiteModel file, const TensorRunnerOptions& options,
                                       std::vector<std::byte> bytes = {});

// A quantized model as the file that it converts to, in the integer evaluator: what a device gives.  A float
// one in its plan, where all tensors are every layer's output.  Weights must be initialized.
std::unique_ptr<TensorRunner> run_model(const ModelPtr& model, const TensorRunnerOptions& options);

}  // namespace nudge::train
