// A tensor as rows along one of its axes.
#pragma once

#include "nudge/base/shape.h"

namespace nudge::tflite {

// Element k of the row (o, i) lies at (o * length + k) * inner + i.
struct AlongAxis {
  int64_t outer = 1;
  int64_t length = 1;
  int64_t inner = 1;
};

inline AlongAxis along_axis(const Shape& shape, size_t axis) {
  AlongAxis rows;
  for (size_t d = 0; d < shape.size(); ++d) {
    (d < axis ? rows.outer : d == axis ? rows.length : rows.inner) *= shape[d];
  }
  return rows;
}

}  // namespace nudge::tflite
