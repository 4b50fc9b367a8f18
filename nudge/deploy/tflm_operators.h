// Which operators of TensorFlow Lite Micro a program must link for a file.
#pragma once

#include <string>
#include <vector>

#include "nudge/tflite/model.h"

namespace nudge::deploy {

// Whether it is one that Arm's compiler makes, of all that the NPU computes.
bool is_for_ethos_u(const tflite::Operator& op);

// The calls on a tflite::MicroMutableOpResolver that register what the file uses, each once, in the order of
// first use: "AddConv2D".  Throws UnsupportedError naming an operator that TensorFlow Lite Micro does not
// have.
std::vector<std::string> tflm_registrations(const tflite::TfLiteModel& file);

}  // namespace nudge::deploy
