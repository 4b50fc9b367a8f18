// Sums of a depthwise convolution over the taps of one output line, vectorised over channels.
#pragma once

#include <cstdint>

#include "nudge/tflite/evaluator/window.h"

namespace nudge::tflite {

// One line of an image of codes whose channels have one filter each.
template <typename Code>
struct DepthwiseLine {
  const Code* image = nullptr;       // (height, width, channels)
  const int16_t* weights = nullptr;  // (kernel height, kernel width, channels), less their zero point
  int32_t zero_point = 0;            // of the codes
  int64_t channels = 0;
  FilterWindow height;
  FilterWindow width;
  int64_t row = 0;  // of the output
};

// sums: (width, channels) of the output; modulo 2^32.
void depthwise_sums(const DepthwiseLine<int8_t>& line, int32_t* sums);
void depthwise_sums(const DepthwiseLine<uint8_t>& line, int32_t* sums);

// out[i] = codes[i] - zero_point.
void center_codes(const int8_t* codes, int64_t count, int16_t zero_point, int16_t* out);
void center_codes(const uint8_t* codes, int64_t count, int16_t zero_point, int16_t* out);

}  // namespace nudge::tflite
