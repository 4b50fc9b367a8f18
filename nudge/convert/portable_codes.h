// Scales with which QUANTIZE from one 8-bit grid to another computes the same codes in every runtime.
//
// XNNPACK's factor has 8 bits behind the point, so that it and the reference kernels part in up to one code
// of ten.  There are 256 codes to answer for: all are tried.
#pragma once

#include <vector>

#include "nudge/convert/code_grid.h"

namespace nudge::convert {

// Of how many of the 256 codes LiteRT's reference kernels and XNNPACK make different ones.
int requantized_otherwise(const CodeGrid& from, const CodeGrid& to);

// The scale of `to`, or the nearest that was found, 0.98 to 1.06 of it, at which the fewest codes from all
// these grids differ: none from one, in all that was tried.
float portable_quantize_scale(const std::vector<CodeGrid>& from, const CodeGrid& to);

// A grid of about the same values whose zero point is 0, to which QUANTIZE is portable; `grid` itself where
// its own is: LiteRT's default kernel of BATCH_MATMUL takes its second input for one.
CodeGrid around_zero(const CodeGrid& grid);

}  // namespace nudge::convert
