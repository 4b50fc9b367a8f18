// Replaces models nested in a model by their layers.
#pragma once

#include "nudge/graph/model.h"

namespace nudge {

// The layers are shared with `model`, not copied.  A nested layer whose name is taken becomes
// "MODEL_LAYER", in a clone that shares its initialized values; a nested model called twice keeps sharing.
ModelPtr flatten_model(const Model& model);

}  // namespace nudge
