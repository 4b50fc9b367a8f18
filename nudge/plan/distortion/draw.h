// Draws what happens to an image, and does it.
#pragma once

#include "nudge/base/random.h"
#include "nudge/ops/distortion.h"
#include "nudge/plan/distortion/picture.h"

namespace nudge::plan {

// `image` is the picture's own generator; `batch` is the same for all pictures of a batch.
void distort(const ops::Distortion& distortion, const Picture& picture, Random image, Random batch,
             float* result);

}  // namespace nudge::plan
