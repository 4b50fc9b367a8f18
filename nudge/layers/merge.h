// The shape rule of the layers that combine their inputs element by element: Add, Multiply, Maximum.
#pragma once

#include <string>
#include <vector>

#include "nudge/base/shape.h"

namespace nudge::layers {

// At least two inputs; sizes must agree or be 1, aligned from the back as NumPy broadcasts.
// `where` names the layer; throws ShapeError.
Shape merged_shape(const std::string& where, const std::vector<Shape>& inputs);

}  // namespace nudge::layers
