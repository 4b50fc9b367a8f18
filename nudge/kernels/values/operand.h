// What an operation reads: real values, or codes of a grid.
#pragma once

#include <cstdint>

#include "nudge/kernels/values/bfloat16.h"
#include "nudge/kernels/values/grid.h"

namespace nudge::kernels {

// Exactly one of values and codes.
struct Operand {
  ConstReals values;
  const uint8_t* codes = nullptr;
  Grid grid;  // of codes
};

// `count` floats from `offset` on, codes as code - zero point: the operand's own memory, or `scratch` filled.
// Runs in the calling thread.
const float* load_floats(const Operand& operand, int64_t offset, int64_t count, float* scratch);

}  // namespace nudge::kernels
