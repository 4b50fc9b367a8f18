// What an activation function computes, in primitives.
#pragma once

#include <string>

#include "nudge/layers/activation_function.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

// The function's value of `x`.  Without a place it is the layer's own function at its end; with one, a value
// inside the layer that has the place's name.  What a file holds in 8 bits between `x` and the result is
// named too; functions that TFLite computes in floats alone leave their parts unnamed.
ops::ValueId activate(ops::Expansion& call, ops::ValueId x, ActivationFunction function,
                      const std::string& place = "");

}  // namespace nudge::layers
