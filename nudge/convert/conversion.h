// A converted file with what is to be known of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/tflite/model.h"

namespace nudge::convert {

// An operator of a quantized model that computes in float.
struct FloatIsland {
  std::string name;    // the layer's own, or LAYER/PART
  std::string op;      // "CONV_2D"
  std::string reason;  // "it has no quantizer"
};

// How much coarser a channel's weights are than training had them: 1.5 is half as coarse again, below 1
// finer.
struct ScaleMove {
  std::string name;  // the layer's own
  int64_t channel = 0;
  double factor = 1;
};

struct Conversion {
  tflite::TfLiteModel file;
  std::vector<FloatIsland> islands;    // in the file's order; none of a float model
  std::vector<ScaleMove> scale_moves;  // the largest of portable scales, largest first; at most 10
  // Sentences: where the device may give other numbers than training, or one runtime than another.
  std::vector<std::string> warnings;
};

}  // namespace nudge::convert
