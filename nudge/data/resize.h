// Bilinear resizing with TensorFlow's half-pixel convention (tf.image.resize, antialias=False).
#pragma once

#include "nudge/base/array.h"
#include "nudge/data/image_size.h"

namespace nudge::data {

// `image` is uint8 or float32 (height, width, channels); the result is float32 of the asked size.
// Output pixel i samples the input at (i + 0.5) * in / out - 0.5, clamped at the edges.
// Throws ValueError on another type or rank, or on an impossible size.
Array resize_bilinear(const Array& image, ImageSize size);

// The same, rounded to the nearest uint8 when `image` is uint8.
Array resize_stored(const Array& image, ImageSize size);

}  // namespace nudge::data
