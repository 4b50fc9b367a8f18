// The grid of an int8 tensor: real = scale * (code - zero_point).
#pragma once

#include <cstdint>

namespace nudge::convert {

struct CodeGrid {
  float scale = 1;
  int32_t zero_point = 0;  // of int8 codes
};

// How far a portable scale may be from that of training: a finer one cuts the largest values, a coarser one
// does not.
constexpr double kFinestScale = 0.98;
constexpr double kCoarsestScale = 1.06;

}  // namespace nudge::convert
