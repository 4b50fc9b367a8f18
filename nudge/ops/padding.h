// TensorFlow's padding rules for windows that slide over an image.
#pragma once

#include <cstdint>
#include <string>

#include "nudge/base/shape.h"

namespace nudge::ops {

enum class Padding { kValid, kSame };

// "valid", "same"
std::string to_string(Padding padding);
// Case-insensitive; throws ValueError on another word.
Padding padding_from_string(const std::string& name);

// How a window slides along one dimension.
struct WindowSpan {
  int64_t output = 0;  // positions of the window; not positive when a valid window does not fit
  int64_t before = 0;  // padding in front of the first element
  int64_t after = 0;   // and behind the last; SAME puts the odd one here
};

// VALID: output = floor((input - reach) / stride) + 1 with reach = (window - 1) * dilation + 1, no padding.
// SAME:  output = ceil(input / stride), padded to max((output - 1) * stride + reach - input, 0).
// All arguments positive and below 2^31.
WindowSpan window_span(int64_t input, int64_t window, int64_t stride, int64_t dilation, Padding padding);

}  // namespace nudge::ops
