// Layers that pass values as they are but in training.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

// Dropout, noise, drop path, a penalty on values, distortions of images.
bool acts_in_training_only(const Layer& layer);

}  // namespace nudge::layers
