// What makes the compiler refuse a whole model instead of leaving an operator to the CPU.
#pragma once

#include <string>
#include <vector>

#include "nudge/tflite/model.h"

namespace nudge::edgetpu {

struct Failure {
  std::string says;    // what the compiler prints: "Model not quantized"
  std::string reason;  // which operator or tensor, and why
};

// All that is known, in the model's order; empty when nothing speaks against compiling.  The first subgraph
// counts, as it is what runs.
std::vector<Failure> find_failures(const tflite::TfLiteModel& model);

}  // namespace nudge::edgetpu
