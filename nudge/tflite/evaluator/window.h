// Where the window of a convolution or pooling lies on its input.
#pragma once

#include <algorithm>
#include <cstdint>

#include "nudge/tflite/model.h"

namespace nudge::tflite {

// One spatial dimension.
struct FilterWindow {
  int64_t in = 1;
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t out = 1;
  int64_t before = 0;  // padding in front

  // Taps [first_tap, last_tap) of output `i` lie inside the input.
  int64_t start(int64_t i) const { return i * stride - before; }
  int64_t first_tap(int64_t i) const {
    const int64_t outside = -start(i);
    return outside <= 0 ? 0 : std::min(kernel, (outside + dilation - 1) / dilation);
  }
  int64_t last_tap(int64_t i) const {
    const int64_t inside = in - start(i);
    return inside <= 0 ? 0 : std::min(kernel, (inside + dilation - 1) / dilation);
  }
};

// SAME: out = ceil(in / stride), the odd padding element behind; VALID: only whole windows.
// `out` is 0 when a VALID window does not fit.  Arguments must be positive.
inline FilterWindow make_window(int64_t in, int64_t kernel, int64_t stride, int64_t dilation,
                                TfLitePadding padding) {
  FilterWindow window{in, kernel, stride, dilation, 0, 0};
  const int64_t extent = (kernel - 1) * dilation + 1;
  if (padding == TfLitePadding::kValid) {
    window.out = in < extent ? 0 : (in - extent) / stride + 1;
    return window;
  }
  window.out = (in + stride - 1) / stride;
  window.before = std::max<int64_t>(0, (window.out - 1) * stride + extent - in) / 2;
  return window;
}

}  // namespace nudge::tflite
