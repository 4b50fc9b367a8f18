// Loops over the rows of the last dimension.  Private to the kernels.
#pragma once

#include <cstdint>

#include "nudge/base/threads.h"
#include "nudge/tflite/elementwise.h"

namespace nudge::tflite {

// function(x, y, length) on each row of the input and the output, which gets the input's shape.  Fails where
// there are no rows.
template <typename T, typename Function>
Kernel row_by_row(const Preparation& op, Function function) {
  const Shape shape = op.input(0).shape;
  if (shape.empty() || shape.back() < 1) op.fail("its input has no last dimension");
  op.set_output_shape(shape);
  const int64_t length = shape.back();
  return [function, length, rows = element_count(shape) / length, in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    const T* x = arrays[in].data<T>();
    T* y = arrays[out].data<T>();
    parallel_for(rows, kElementsATask / length + 1, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) function(x + row * length, y + row * length, length);
    });
  };
}

}  // namespace nudge::tflite
