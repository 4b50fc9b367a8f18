// Pictures with the number of channels that a network takes.
#pragma once

#include <cstdint>
#include <string>

#include "nudge/base/array.h"

namespace nudge::data {

// Throws ValueError, starting with `what`, unless pictures of `from` channels can be given with `to`: the
// same number, colour as grey or grey as colour.
void check_channels(int64_t from, int64_t to, const std::string& what);

// The picture (height, width, channels), uint8 or float32, with `channels`: `picture` itself where it has
// them; grey three times; or one channel of 0.299 red + 0.587 green + 0.114 blue, as Keras's
// color_mode="grayscale".
Array with_channels(const Array& picture, int64_t channels);

}  // namespace nudge::data
