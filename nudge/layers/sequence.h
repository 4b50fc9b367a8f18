// Sequences as images of one row: how 1-D layers use what images have.
#pragma once

#include "nudge/ops/expansion.h"

namespace nudge::layers {

// (batch, steps, channels) -> (batch, 1, steps, channels); throws ShapeError on another rank.
ops::ValueId as_image(ops::Expansion& call, ops::ValueId sequence, const std::string& where);
// And back.
ops::ValueId as_sequence(ops::Expansion& call, ops::ValueId image);

}  // namespace nudge::layers
