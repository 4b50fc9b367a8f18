// The logistic function of many floats.
#pragma once

#include <cstdint>

namespace nudge::kernels {

// y = 1 / (1 + e^-x), to the last digits of a float; a NaN stays one.  Runs in the calling thread; y may be
// x.
void sigmoid(const float* x, int64_t n, float* y);

}  // namespace nudge::kernels
