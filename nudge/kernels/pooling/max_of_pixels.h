// The largest of some pixels, channel by channel, and the way of its gradient.  In the calling thread.
#pragma once

#include <cstdint>
#include <span>

namespace nudge::kernels {

// y(c) = the largest x(pixel + c); `pixels`, at least one, are offsets into x.
void max_of_pixels(const float* x, std::span<const int64_t> pixels, int64_t channels, float* y);
void max_of_pixels(const uint8_t* x, std::span<const int64_t> pixels, int64_t channels, uint8_t* y);

// dx(pixel + c) += dy(c) for the first pixel that is the largest in channel c.
void max_of_pixels_gradient(const float* x, std::span<const int64_t> pixels, int64_t channels,
                            const float* dy, float* dx);
void max_of_pixels_gradient(const uint8_t* x, std::span<const int64_t> pixels, int64_t channels,
                            const float* dy, float* dx);

}  // namespace nudge::kernels
