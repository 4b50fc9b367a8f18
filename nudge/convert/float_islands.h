// Which operators of a quantized model's file compute in float.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "nudge/convert/conversion.h"

namespace nudge::convert {

// Names of layers.
struct QuantizedLayers {
  std::set<std::string> outputs;  // are on a grid
  std::set<std::string> weights;  // have quantizers
};

// Every operator with a float output that is neither a step between float and int8 nor a mere RESHAPE.
std::vector<FloatIsland> float_islands(const tflite::TfLiteModel& file, const QuantizedLayers& layers);

}  // namespace nudge::convert
