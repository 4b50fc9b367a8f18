// A small int8 file that the tests of this folder take to devices.
#pragma once

#include "nudge/tflite/model.h"

namespace nudge::deploy {

// "image" (1, 8, 8, 3) of this type -> [QUANTIZE] -> CONV_2D with ReLU ("conv") -> MAX_POOL_2D -> RESHAPE ->
// FULLY_CONNECTED -> SOFTMAX -> [DEQUANTIZE to floats] -> "classes" (1, 5).  Floats come with both
// conversions.
tflite::TfLiteModel small_model(tflite::TensorType ends = tflite::TensorType::kInt8);

}  // namespace nudge::deploy
