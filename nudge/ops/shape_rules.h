// What shape each primitive makes of the shapes of its inputs.
#pragma once

#include <string>
#include <vector>

#include "nudge/ops/primitive.h"

namespace nudge::ops {

// Of activations and weights in the primitive's order, the batch kUnknown.  `where` starts the message of the
// ShapeError that is thrown when they do not go together.
Shape output_shape(const Primitive& primitive, const std::vector<Shape>& inputs, const std::string& where);

}  // namespace nudge::ops
