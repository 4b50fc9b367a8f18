// Where what the compiler did differs from what was expected.
#pragma once

#include <string>
#include <vector>

#include "nudge/edgetpu/compiler_output.h"
#include "nudge/edgetpu/prediction.h"

namespace nudge::edgetpu {

// "RESIZE_BILINEAR: 1 of 3 mapped, 2 were expected": a line for each kind of operator, in alphabetical order.
// Empty when all went as expected.
std::vector<std::string> surprises(const Prediction& prediction, const std::vector<LogRow>& log);

}  // namespace nudge::edgetpu
