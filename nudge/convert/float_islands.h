// Which operators of a quantized model's file compute in float.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "nudge/convert/conversion.h"

namespace nudge::convert {

// Every operator with a float output that is neither a step between float and int8 nor a mere RESHAPE.
// `quantized_layers`: those whose outputs are on a grid, by name.
std::vector<FloatIsland> float_islands(const tflite::TfLiteModel& file,
                                       const std::set<std::string>& quantized_layers);

}  // namespace nudge::convert
