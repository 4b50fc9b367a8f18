// Pooling between blocks: on 8-bit codes (a quantized model) and on floats.
//
// Tensors are NHWC, batch first.  Gradients are float and in real units; `accumulate` adds to dx instead of
// overwriting it.  Everything runs on the pool of threads and gives the same bits at any thread count.
#pragma once

#include <cstdint>

#include "nudge/kernels/values/operand.h"

namespace nudge::kernels {

// A window over (batch, height, width, channels).
struct Pool {
  int64_t batch = 1;
  int64_t in_height = 1, in_width = 1, channels = 1;
  int64_t pool_height = 2, pool_width = 2;
  int64_t stride_height = 2, stride_width = 2;
  int64_t pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;  // never part of a maximum or a mean
  int64_t out_height() const { return (in_height + pad_top + pad_bottom - pool_height) / stride_height + 1; }
  int64_t out_width() const { return (in_width + pad_left + pad_right - pool_width) / stride_width + 1; }
  int64_t in_size() const { return batch * in_height * in_width * channels; }
  int64_t out_size() const { return batch * out_height() * out_width() * channels; }
};

// Codes stay on their grid: a maximum of codes is the code of the maximum.  The gradient goes to the first
// maximum of a window in row-major order, as TensorFlow does.
void max_pool(const Pool& pool, const float* x, float* y);
void max_pool(const Pool& pool, const uint8_t* x, uint8_t* y);
void max_pool_gradient(const Pool& pool, const float* x, const float* dy, float* dx, bool accumulate = false);
void max_pool_gradient(const Pool& pool, const uint8_t* x, const float* dy, float* dx,
                       bool accumulate = false);

// Means of real values; a window of the whole image is global average pooling.  `y` is float: quantize it
// with fake_quant.h after its range is known.
void average_pool(const Pool& pool, const Operand& x, float* y);
void average_pool_gradient(const Pool& pool, const float* dy, float* dx, bool accumulate = false);

}  // namespace nudge::kernels
