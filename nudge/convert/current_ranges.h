// The ranges that a file is made of.
#pragma once

#include "nudge/graph/model.h"

namespace nudge::convert {

// A flat quantized model with the ranges of its weights taken anew, as weights may have moved since; `flat`
// stays as it is, and all else is shared with it.  Throws ValueError when no data has moved the range of an
// activation: it says nothing of the values there.
ModelPtr with_current_ranges(const Model& flat);

}  // namespace nudge::convert
