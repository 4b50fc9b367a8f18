#include "nudge/base/shape.h"

#include "nudge/base/error.h"

namespace nudge {

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += shape[i] == kUnknown ? "None" : std::to_string(shape[i]);
  }
  if (shape.size() == 1) text += ",";
  return text + ")";
}

int64_t element_count(const Shape& shape) {
  int64_t count = 1;
  for (int64_t dimension : shape) {
    if (dimension < 0) throw ShapeError("shape " + to_string(shape) + " has no definite size");
    if (__builtin_mul_overflow(count, dimension, &count)) {
      throw ShapeError("shape " + to_string(shape) + " is too large");
    }
  }
  return count;
}

Shape with_batch(Shape shape, int64_t batch) {
  if (shape.empty()) throw ShapeError("a scalar has no batch dimension");
  shape[0] = batch;
  return shape;
}

}  // namespace nudge
