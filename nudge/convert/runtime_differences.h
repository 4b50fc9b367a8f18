// Where runtimes may compute other codes than each other, read off the file alone.
#pragma once

#include <string>
#include <vector>

#include "nudge/tflite/model.h"

namespace nudge::convert {

// A line for each operator: a product with channels that same_codes() does not prove, a sum with pairs of
// codes that differ, and what LiteRT's default kernels round otherwise than its reference kernels whatever
// the scales.  Empty: every runtime gives the same numbers.
std::vector<std::string> runtime_differences(const tflite::TfLiteModel& file);

}  // namespace nudge::convert
