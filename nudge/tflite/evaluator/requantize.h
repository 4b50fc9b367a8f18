// From 32-bit sums to 8-bit codes, a factor a channel: vectorised, bit for bit multiply() of
// integer_arithmetic.h.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

struct Requantization {
  // Of every channel.
  std::vector<int32_t> bias;
  std::vector<int32_t> q{0};   // and one 0 more
  std::vector<int32_t> left;   // shifts, 0 to 31
  std::vector<int32_t> right;  // 0 to 31
  int32_t zero_point = 0;
  int32_t low = INT8_MIN;  // codes, within those of the type that is written
  int32_t high = INT8_MAX;
  bool is_plain = true;  // every channel shifts to the right by at least a bit, as factors below 1/2 do

  int64_t channels() const { return static_cast<int64_t>(bias.size()); }
  void add_channel(int32_t channel_bias, Multiplier factor);
};

// codes[i] = clamp((sums[i] + bias) * factor + zero_point, low, high) of channel first + i.
void requantize(const int32_t* sums, const Requantization& parameters, int64_t first, int64_t count,
                int8_t* codes);
void requantize(const int32_t* sums, const Requantization& parameters, int64_t first, int64_t count,
                uint8_t* codes);

// The same of all channels of `pixels` pixels, whose sums are `stride` apart.
void requantize_pixels(const int32_t* sums, int64_t stride, int64_t pixels, const Requantization& parameters,
                       int8_t* codes);
void requantize_pixels(const int32_t* sums, int64_t stride, int64_t pixels, const Requantization& parameters,
                       uint8_t* codes);

}  // namespace nudge::tflite
