// The masks of Keras's Masking, which nudge does not compute: models in which they count are refused.
#pragma once

#include "nudge/graph/model.h"

namespace nudge::layers {

// Throws UnsupportedError naming a layer that Keras would give a mask that it uses.
void check_masks(const Model& model);

}  // namespace nudge::layers
