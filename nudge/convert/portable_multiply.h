// Output scales with which MUL and BATCH_MATMUL of two 8-bit tensors compute the same codes in every runtime.
//
// What portable_scale.h says of a channel's factor holds of theirs, which the output's scale alone can
// change: by less than two of the sums that a code has.
#pragma once

#include <cstdint>
#include <optional>

#include "nudge/convert/code_grid.h"

namespace nudge::convert {

// Of sums of `terms` products of a code of `a` and one of `b`; MUL's have one.
struct MultipliedGrids {
  CodeGrid a;
  CodeGrid b;
  int64_t terms = 1;
  int32_t least_b = INT8_MIN, most_b = INT8_MAX;  // codes of `b`
};

// Whether every arithmetic makes the same code of each such sum: a proof, as same_codes() is.
bool multiplies_alike(const MultipliedGrids& grids, const CodeGrid& product);

// The scale of `product`, or the nearest that was found, at most a fiftieth of it away, with which they do;
// its own where there is none.
float portable_multiply_scale(const MultipliedGrids& grids, const CodeGrid& product);

// A constant of about 1 by which MUL takes codes of one grid to another, alike in every runtime and with the
// ratio of the scales met to 2^-10: what stands for a QUANTIZE whose scales cannot be moved.  Nothing where
// there is none.
struct UnitConstant {
  int8_t code = 1;
  float scale = 1;
};
std::optional<UnitConstant> portable_unit(const CodeGrid& from, const CodeGrid& to);

}  // namespace nudge::convert
