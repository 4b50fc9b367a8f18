// What the Edge TPU compiler will make of a .tflite file: operator by operator, and as a whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/edgetpu/status.h"
#include "nudge/edgetpu/whole_model.h"

namespace nudge::edgetpu {

struct OperatorPrediction {
  size_t index = 0;
  std::string op;  // "CONV_2D", "CUSTOM PosenetDecoderOp"
  int32_t version = 1;
  Status status = Status::kMapped;
  std::string reason;      // "" when mapped
  bool float_end = false;  // QUANTIZE of a float input or DEQUANTIZE to a float output of the model
};

enum class Outcome {
  kMapped,  // every operator but float ends
  kCpuOperators,
  kFails,  // the compiler refuses the model
};
// "mapped", "cpu_operators", "fails".
std::string to_string(Outcome outcome);

struct Prediction {
  std::vector<OperatorPrediction> operators;
  std::vector<Failure> failures;
  std::vector<std::string> notes;  // what may go otherwise, and what costs time
  size_t subgraphs = 0;            // parts that the Edge TPU could compute; only the first is kept
  int64_t parameter_bytes = 0;     // constants of mapped operators
  int min_runtime_version = 10;    // of the Edge TPU's own runtime

  size_t mapped() const;
  Outcome outcome() const;
};

// By the rules of compiler 16.0 (docs/edgetpu.md).  Throws InputError when the model is inconsistent; scales
// may be any.
Prediction predict(const tflite::TfLiteModel& model);

// The keys are in docs/command-line.md.
Json to_json(const Prediction& prediction);
// A line on the whole, a table as in the compiler's log, then what is not mapped and why.
std::string to_text(const Prediction& prediction);

}  // namespace nudge::edgetpu
