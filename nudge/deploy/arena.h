// The memory that TensorFlow Lite Micro needs for a model's values.
#pragma once

#include <cstdint>

#include "nudge/tflite/model.h"

namespace nudge::deploy {

// An upper estimate in bytes, for where the interpreter is not at hand: the values between operators, placed
// as its planner places them, and more than it keeps for tensors, operators and channels.  Kernels that a
// device's maker has tuned may want more.
int64_t estimated_arena(const tflite::TfLiteModel& file);

}  // namespace nudge::deploy
