// Smaller files of float models: weights in 16 or 8 bits, activations in float.
#pragma once

#include "nudge/tflite/model.h"

namespace nudge::convert {

// Of weights of 1,024 elements or more, as TensorFlow's converter has it; smaller ones stay float32.
enum class WeightStorage {
  kFloat32,
  // Half the size: constants are float16 with a DEQUANTIZE behind each, which runtimes compute once.  What is
  // beyond float16's range stays float32.
  kFloat16,
  // A quarter, "dynamic range": int8 with a scale for each output channel of CONV_2D and DEPTHWISE_CONV_2D,
  // one of FULLY_CONNECTED; the runtime rounds each input to 8 bits as it comes.
  kInt8,
};

// Rewrites the weights of a float32 file.
void store_weights(tflite::TfLiteModel& file, WeightStorage storage);

}  // namespace nudge::convert
