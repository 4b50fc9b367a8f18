// Convolutions as matrix products: a row of inputs under the kernel, a patch, for every output pixel.
#pragma once

#include <cstdint>

#include "nudge/kernels/convolution/geometry.h"

namespace nudge::kernels {

inline constexpr int64_t kPatchSlack = 4;

// Output rows [begin, end) of the batch as patches of (ky, kx, channel), one every `pitch` elements; what
// lies beyond a patch is zero.  There must be room for kPatchSlack floats behind the last.  T is float or
// Bfloat16 (codes become steps) or uint8_t (codes stay codes).
template <typename T>
void gather_patches(const Geometry& geometry, const InputRows& input, int64_t begin, int64_t end,
                    int64_t pitch, T* patches);

// Adds the gradients of the patches of output row `oy`, dense, to those of an image.
void scatter_patches(const Geometry& geometry, const float* patches, int64_t oy, float* dx);

}  // namespace nudge::kernels
