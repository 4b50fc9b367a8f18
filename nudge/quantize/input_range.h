// The grid of a quantized model's input, where its range is known beforehand.
#pragma once

#include "nudge/graph/model.h"

namespace nudge::quantize {

// A model whose input quantizer has the range [min, max] for ever, in place of the range of what it is shown:
// pixels keep their own grid however dark the pictures are that calibrate it.  The other layers are shared
// with `quantized`.  Throws ValueError when no quantizer is on an input, or min < max does not hold with zero
// between them.
ModelPtr fix_input_range(const Model& quantized, float min, float max);

}  // namespace nudge::quantize
