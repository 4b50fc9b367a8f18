// The small CNN of the guides: two convolutions and two dense layers.
#pragma once

#include "nudge/applications/applications.h"

namespace nudge::applications {

// Conv2D 32 3x3 relu, MaxPooling2D, Conv2D 64 3x3 relu, MaxPooling2D, Flatten, Dense 512 relu, Dense classes,
// Activation.  Head::kDense is the same model: its top is made for classes of one's own.  It has no alpha.
// With include_top false it ends after the second pooling.
ModelPtr small_cnn(const ApplicationOptions& options = {.classes = 5});

}  // namespace nudge::applications
