// Tensors seen through strides: transposed, sliced, reversed or repeated without being computed.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/tflite/evaluator/operator_kernel.h"

namespace nudge::tflite {

// The element of index (i, j, ...) lies at offset + i * strides[0] + j * strides[1] + ...
struct StridedView {
  Shape shape;
  std::vector<int64_t> strides;  // in elements: 0 repeats, a negative one goes backwards
  int64_t offset = 0;
};

// The whole tensor, row major.
StridedView whole_view(const Shape& shape);

// Copies input `input` as the view shows it to output `output`, which gets the shape `shape` (of as many
// elements as the view's).  Fails where the tensors differ in type; codes are copied as they
// are, whatever their scales, as the runtime does.
Kernel copy_view(const Preparation& op, const StridedView& view, const Shape& shape, size_t input = 0,
                 size_t output = 0);
inline Kernel copy_view(const Preparation& op, const StridedView& view) {
  return copy_view(op, view, view.shape);
}

}  // namespace nudge::tflite
