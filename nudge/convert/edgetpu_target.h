// What a file for the Edge TPU must be.
#pragma once

#include "nudge/convert/convert.h"

namespace nudge::convert {

// Throws ValueError when the ends are not 8-bit or the model is not quantized.
void check_edgetpu_options(const ConvertOptions& options, bool quantized);

// Throws UnsupportedError naming the first operator that the compiler would not map, and why; or why it would
// refuse the whole file.
void check_mapped(const Conversion& made);

}  // namespace nudge::convert
