// Output scales with which ADD and SUB compute the same codes in every runtime.
//
// LiteRT's reference kernels add with 20 bits to spare, XNNPACK with factors of 21 bits and ties upwards.
// They part for the few pairs of codes whose sum is within 1e-4 steps of a tie; a millionth more or less of
// the output's scale moves these sums off their ties.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/convert/code_grid.h"

namespace nudge::convert {

struct SummedGrids {
  CodeGrid a;
  CodeGrid b;
  bool subtract = false;
};

// For how many of the 65536 pairs of codes the two differ.  `enough`: stops counting there.
int64_t differing_pairs(const SummedGrids& grids, const CodeGrid& sum, int64_t enough = 65536);

// The scale of `sum`, on which all of these come out, or the nearest that was found, at most 1e-4 of it away,
// with which no pair of any differs; its own where there is none.
float portable_sum_scale(const std::vector<SummedGrids>& sums, const CodeGrid& sum);

}  // namespace nudge::convert
