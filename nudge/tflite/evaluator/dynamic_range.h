// Floats as int8 codes whose scale is found anew for each run: how dynamic-range kernels take their input.
#pragma once

#include <cstdint>

namespace nudge::tflite {

struct RunGrid {
  float scale = 1;
  int32_t zero_point = 0;
};

// The scale from the largest size; zero point 0, codes from -127.
RunGrid quantize_symmetric(const float* values, int64_t count, int8_t* codes);
// The scale from the least and the greatest value, and 0.
RunGrid quantize_asymmetric(const float* values, int64_t count, int8_t* codes);

}  // namespace nudge::tflite
