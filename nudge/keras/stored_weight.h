// One weight of a layer, filled from what a file holds.
#pragma once

#include <string>

#include "nudge/base/array.h"
#include "nudge/graph/layer.h"

namespace nudge::keras {

// "weight 'kernel' of layer 'conv2d'"
std::string describe(const Layer& layer, const Weight& weight);

// As float32; a lone integer is taken for a number.  `which` (the file, the place in it, the weight) starts
// the message of the InputError that another type throws.
Array to_float32(const Array& stored, const std::string& which);

// Sets the value, as float32.  `where` (the file and the place in it) starts the message of the InputError
// that another shape or type throws.
void fill_weight(const Layer& layer, Weight& weight, const Array& stored, const std::string& where);

}  // namespace nudge::keras
