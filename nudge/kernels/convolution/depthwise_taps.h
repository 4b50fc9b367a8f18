// Sums over the taps of a depthwise kernel, along one row of pixels.  Each runs in the calling thread.
#pragma once

#include <cstdint>
#include <span>

namespace nudge::kernels {

// A weight row of the kernel and where its input lies from the first pixel's, both in floats.
struct Tap {
  int64_t input;
  int64_t weight;
};

// Pixels of `channels` floats, `step` floats apart.
struct PixelRow {
  int64_t count;
  int64_t channels;
};

// out[p][c] = sum over taps of weights[tap][c] * in[p][tap][c]; adds to out where `accumulate`.
void sum_taps(const float* in, int64_t in_step, const float* weights, std::span<const Tap> taps,
              const PixelRow& row, float* out, int64_t out_step, bool accumulate);

// gradients[tap][c] += sum over pixels of in[p][tap][c] * dy[p][c], dy dense.
void add_tap_gradients(const float* in, int64_t in_step, const float* dy, std::span<const Tap> taps,
                       const PixelRow& row, float* gradients);

}  // namespace nudge::kernels
