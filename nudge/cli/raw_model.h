// A model of any kind on tensors as they are: no image is decoded, nothing is preprocessed, quantized or
// dequantized on the way in or out.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/train/deployed.h"

namespace nudge::cli {

using NamedOutputs = std::vector<std::pair<std::string, Array>>;

struct RawModelOptions {
  train::Runtime runtime = train::Runtime::kLitert;  // of a .tflite file
  bool all_tensors = false;                          // not the outputs alone
  uint64_t seed = 0;
};

class RawModel {
 public:
  virtual ~RawModel() = default;
  // Inputs in the model's order and types, any number of batches.  Names are unique.
  virtual NamedOutputs run(const std::vector<Array>& inputs) = 0;
};

// A .tflite file in a runtime; a quantized .keras as the file that it converts to, in the integer evaluator;
// a float one in its plan, where all tensors are every layer's output.  Throws UnsupportedError when all
// tensors are wanted of LiteRT, which gives outputs only.
std::unique_ptr<RawModel> open_raw_model(const std::string& path, const RawModelOptions& options);

}  // namespace nudge::cli
