// Which operators of a file may have sums that no 32 bits hold.
#pragma once

#include <string>
#include <vector>

#include "nudge/tflite/model.h"

namespace nudge::tflite {

// A line for each int8 convolution or FULLY_CONNECTED of the first subgraph whose bias and weights do not
// keep every sum within 32 bits, whatever the input: its output, the channel and the terms.  Runtimes wrap
// such sums. Empty for any layer of at most 65,000 inputs.
std::vector<std::string> overflowing_sums(const TfLiteModel& model);

}  // namespace nudge::tflite
