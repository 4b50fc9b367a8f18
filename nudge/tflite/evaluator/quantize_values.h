// From floats to codes on one grid, vectorised: QUANTIZE.
#pragma once

#include <cstdint>

namespace nudge::tflite {

// codes[i] = values[i] / scale + zero_point, rounded (ties away from zero) before the sum and saturated; NaN
// counts as 0.  The zero point is a code.
void quantize_values(const float* values, int64_t count, float scale, int32_t zero_point, int8_t* codes);
void quantize_values(const float* values, int64_t count, float scale, int32_t zero_point, uint8_t* codes);
void quantize_values(const float* values, int64_t count, float scale, int32_t zero_point, int16_t* codes);

}  // namespace nudge::tflite
