// The grid of an int8 tensor: real = scale * (code - zero_point).
#pragma once

#include <cstdint>

namespace nudge::convert {

struct CodeGrid {
  float scale = 1;
  int32_t zero_point = 0;  // of int8 codes
};

}  // namespace nudge::convert
