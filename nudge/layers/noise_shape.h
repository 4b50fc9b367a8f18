// The noise_shape of dropout layers: which elements share a draw.
#pragma once

#include <string>

#include "nudge/base/json.h"
#include "nudge/base/shape.h"
#include "nudge/layers/config_reader.h"

namespace nudge::layers {

// With the rank of the layer's input, batch first.  kUnknown (None in Keras) is the input's own size, 1 one
// draw for the whole dimension; empty: a draw for each element.
using NoiseShape = Shape;

// Throws InputError unless it is a list of positive integers and nulls.
NoiseShape read_noise_shape(const ConfigReader& reader, const Json& config);
Json noise_shape_json(const NoiseShape& noise_shape);

// Throws ValueError on a size that is neither positive nor kUnknown.
void check_noise_shape(const std::string& where, const NoiseShape& noise_shape);
// Throws ShapeError unless it spreads over `input`; a batch is compared when there is one.
void check_noise_fits(const std::string& where, const NoiseShape& noise_shape, const Shape& input);

}  // namespace nudge::layers
