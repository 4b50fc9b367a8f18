// Moves the grids of activations to where the operators that make them give the same codes in every runtime.
#pragma once

#include <vector>

#include "nudge/convert/emitter.h"
#include "nudge/convert/run.h"

namespace nudge::convert {

// Of sums, differences and products of two 8-bit tensors, and of what takes inputs from other
// grids than its own.  A grid is moved once, by the first of these that makes values on it, and stays where
// it is when an earlier one has read it.  Products with weights need none of that: their weights' scales move
// (portable_channel.h). Call before anything is emitted.
void settle_ranges(Emitter& emitter, const std::vector<Run>& runs);

}  // namespace nudge::convert
