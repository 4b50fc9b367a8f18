// The shape of a tensor: batch first, then NHWC's height, width, channels or whatever the rank needs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nudge {

using Shape = std::vector<int64_t>;

// A dimension not known until data arrives; in a model only the batch.
inline constexpr int64_t kUnknown = -1;

// "(None, 224, 224, 3)", "(None, 5)", "(5,)", "()": as Python prints a tuple.
std::string to_string(const Shape& shape);

// The product of the dimensions, 1 for a scalar.  Throws ShapeError when a dimension is unknown or
// negative, or when the product does not fit 63 bits.
int64_t element_count(const Shape& shape);

// `shape` with its first dimension replaced.
Shape with_batch(Shape shape, int64_t batch);

}  // namespace nudge
