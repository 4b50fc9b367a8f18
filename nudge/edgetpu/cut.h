// Parts of a model as models of their own: to find the operator that a compiler breaks on.
#pragma once

#include <cstddef>

#include "nudge/tflite/model.h"

namespace nudge::edgetpu {

// The operators `first` to `last` of the first subgraph with their constants.  Inputs are what they read and
// do not write themselves, outputs what others read, the model returns or nobody reads.  No signatures, no
// metadata. Throws ValueError when there are no such operators.
tflite::TfLiteModel cut(const tflite::TfLiteModel& model, size_t first, size_t last);

}  // namespace nudge::edgetpu
