// Dampening of oscillations: weights that jump between two codes are drawn to the middle of one.
#pragma once

#include "nudge/graph/model.h"
#include "nudge/plan/plan.h"

namespace nudge::train {

// Adds `strength` * sum of (w - q)^2 to the loss, q being the value that a quantized weight w has on its grid
// and taken for constant: Nagel et al. 2022, section 4.2.  After backward() the gradients get their part, 2
// strength (w - q).  Returns the sum, without the strength.  `model`: the quantized one that the plan runs.
double dampen_oscillations(Model& model, plan::Plan& plan, double strength);

// How strong it is when `done` of all of training is through: from 0 at the beginning up to 1 along half a
// cosine, as weights that still have far to go must not be held.
double dampening_ramp(double done);

}  // namespace nudge::train
