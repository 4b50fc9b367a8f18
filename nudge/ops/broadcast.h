// The shape of what is computed from several tensors element by element.
#pragma once

#include <string>
#include <vector>

#include "nudge/base/shape.h"

namespace nudge::ops {

// At least two inputs; sizes must agree or be 1, aligned from the back as NumPy broadcasts.
// `where` names the layer; throws ShapeError.
Shape broadcast_shape(const std::string& where, const std::vector<Shape>& inputs);

}  // namespace nudge::ops
