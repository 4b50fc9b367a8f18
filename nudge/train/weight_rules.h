// What training does to weights beside the loss's own gradients: regularizers and constraints.
#pragma once

#include "nudge/plan/plan.h"

namespace nudge::train {

// What the regularizers of the plan's parameters add to the loss.  After backward(), with `gradients`, their
// derivatives are added to the parameters' gradients.
double weight_penalty(plan::Plan& plan, bool gradients);

// Puts every parameter back to where its constraint wants it; after each update.
void constrain_weights(plan::Plan& plan);

}  // namespace nudge::train
