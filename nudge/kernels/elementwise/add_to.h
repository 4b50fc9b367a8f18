// Adding one span of floats to another, in the calling thread.
#pragma once

#include <cstdint>

namespace nudge::kernels {

// y += x.
void add_to(const float* x, int64_t n, float* y);

}  // namespace nudge::kernels
