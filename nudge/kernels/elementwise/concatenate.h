// Tensors side by side along one dimension, on 8-bit codes or on floats.
//
// A tensor is `rows` runs of `width` elements: the dimensions before the one it is joined along, and the
// rest. In the result a run starts every `pitch` elements; pointers into the result are to the tensor's first
// one. Everything runs on the pool of threads and gives the same bits at any thread count.
#pragma once

#include <cstdint>

#include "nudge/kernels/channels/min_max.h"
#include "nudge/kernels/values/operand.h"

namespace nudge::kernels {

struct Runs {
  int64_t rows = 0;
  int64_t width = 0;
  int64_t pitch = 0;  // of the result

  int64_t count() const { return rows * width; }
};

// Of real values; as min_max_of() says.
MinMax range_of(const Operand& x, int64_t n);

// Values go into values; the result may hold others between the runs.
void place_runs(const Operand& x, const Runs& runs, const Reals& to);
// On a grid of their own: codes on the same grid are copied.
void place_runs(const Operand& x, const Runs& runs, const Grid& grid, uint8_t* to);
// The tensor's share of the gradient: where x is inside the grid's limits; everywhere when `grid` is null. dy
// and dx are of one format.
void take_gradient(const Operand& x, const Runs& runs, const ConstReals& dy, const Grid* grid,
                   const Reals& dx);

}  // namespace nudge::kernels
