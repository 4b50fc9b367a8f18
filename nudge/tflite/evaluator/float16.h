// Half-precision constants of a file, as the floats that they are.
#pragma once

#include <cstddef>
#include <vector>

namespace nudge::tflite {

// Two little-endian bytes a number; an odd last byte is left out.
std::vector<float> from_float16(const std::vector<std::byte>& bytes);

}  // namespace nudge::tflite
