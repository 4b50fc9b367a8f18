// Output scales with which ADD computes the same codes in every runtime.
//
// LiteRT's reference kernels add with 20 bits to spare, XNNPACK with factors of 21 bits and ties upwards.
// They part for the few pairs of codes whose sum is within 1e-4 steps of a tie; a millionth more or less of
// the output's scale moves these sums off their ties.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/convert/code_grid.h"
#include "nudge/convert/emitter.h"
#include "nudge/convert/run.h"

namespace nudge::convert {

// For how many of the 65536 pairs of codes the two differ.  `enough`: stops counting there.
int64_t differing_pairs(const CodeGrid& a, const CodeGrid& b, const CodeGrid& sum, int64_t enough = 65536);

// The scale of `sum`, or the nearest that was found, at most 1e-4 of it away, with which no pair differs; its
// own where there is none.
float portable_sum_scale(const CodeGrid& a, const CodeGrid& b, const CodeGrid& sum);

// Moves the grid of every sum of two 8-bit tensors in `emitter` to such a scale, unless the same quantizer is
// also that of an operand, here or in an earlier sum.  Call before anything is emitted.
void settle_sums(Emitter& emitter, const std::vector<Run>& runs);

}  // namespace nudge::convert
