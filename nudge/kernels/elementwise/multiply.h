// The product of two tensors between blocks, element by element or with a number for each channel of an image
// (squeeze-and-excite), on 8-bit codes and on floats.
//
// Gradients are in real units.  Everything runs on the pool of threads and gives the same bits at any thread
// count.
#pragma once

#include <cstdint>

#include "nudge/kernels/channels/min_max.h"
#include "nudge/kernels/values/operand.h"

namespace nudge::kernels {

// a holds groups * rows rows of `channels` elements, b one row for each group.  Of one shape: a row a group.
struct ProductShape {
  int64_t groups = 1;
  int64_t rows = 1;
  int64_t channels = 1;
};

MinMax multiply_range(const Operand& a, const Operand& b, const ProductShape& shape);
void multiply(const Operand& a, const Operand& b, const ProductShape& shape, const Reals& values);
void multiply(const Operand& a, const Operand& b, const ProductShape& shape, const Grid& grid,
              uint8_t* codes);
// Where the product is inside the grid's limits (everywhere when `grid` is null).  Absent gradients are not
// wanted; dy and da are of one format, db is float.
void multiply_gradient(const Operand& a, const Operand& b, const ConstReals& dy, const ProductShape& shape,
                       const Grid* grid, const Reals& da, float* db);

}  // namespace nudge::kernels
