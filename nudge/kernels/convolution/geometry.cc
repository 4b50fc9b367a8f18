#include "nudge/kernels/convolution/geometry.h"

#include <algorithm>
#include <string>

#include "nudge/base/error.h"
#include "nudge/kernels/block/block.h"
#include "nudge/kernels/matmul/packing.h"

namespace nudge::kernels {
namespace {

void require(bool holds, const std::string& what) {
  if (!holds) throw ValueError("block: " + what);
}

int64_t windows(const std::string& axis, int64_t in, int64_t before, int64_t after, int64_t kernel,
                int64_t dilation, int64_t stride) {
  require(before >= 0 && after >= 0, axis + " padding must not be negative");
  const int64_t free = in + before + after - (kernel - 1) * dilation - 1;
  require(free >= 0, axis + ": a kernel of " + std::to_string(kernel) + " (dilation " +
                         std::to_string(dilation) + ") does not fit the padded input of " +
                         std::to_string(in + before + after));
  return free / stride + 1;
}

}  // namespace

Geometry::Geometry(const BlockOptions& o)
    : in_height(o.in_height),
      in_width(o.in_width),
      in_channels(o.in_channels),
      out_channels(o.out_channels),
      kernel_height(o.kernel_height),
      kernel_width(o.kernel_width),
      stride_height(o.stride_height),
      stride_width(o.stride_width),
      dilation_height(o.dilation_height),
      dilation_width(o.dilation_width),
      pad_top(o.pad_top),
      pad_left(o.pad_left),
      pad_right(o.pad_right),
      depthwise(o.product == BlockProduct::kDepthwiseConv2D),
      identity(o.product == BlockProduct::kNone) {
  for (const int64_t size : {in_height, in_width, in_channels, out_channels, kernel_height, kernel_width,
                             stride_height, stride_width, dilation_height, dilation_width}) {
    require(size > 0, "sizes, strides and dilations must be positive, given " + std::to_string(size));
  }
  out_height =
      windows("height", in_height, o.pad_top, o.pad_bottom, kernel_height, dilation_height, stride_height);
  out_width = windows("width", in_width, o.pad_left, o.pad_right, kernel_width, dilation_width, stride_width);
  require(o.product != BlockProduct::kDense || (in_height * in_width == 1 && taps() == 1),
          "Dense has rows of channels only: height, width and kernel must be 1");
  require(!identity || (in_height * in_width == 1 && taps() == 1 && in_channels == out_channels &&
                        !o.quantize_weights),
          "without a product there are rows of channels only, as many as go in, and no weights to quantize");
  require(!depthwise || out_channels % in_channels == 0,
          std::to_string(out_channels) + " depthwise output channels are no multiple of " +
              std::to_string(in_channels) + " input channels");
  multiplier = depthwise ? out_channels / in_channels : 1;
  pointwise = !depthwise && !identity && taps() == 1 && stride_height == 1 && stride_width == 1 &&
              out_height == in_height && out_width == in_width;
}

template <typename T, class Load>
void InputRows::pad(int64_t image, int64_t begin, int64_t end, T zero, T* out, const Load& load) const {
  const Geometry& g = geometry_;
  const int64_t row_size = g.in_width * g.in_channels;
  for (int64_t y = begin; y < end; ++y, out += padded_pitch()) {
    if (y < 0 || y >= g.in_height) {
      std::fill_n(out, padded_pitch(), zero);
      continue;
    }
    T* inner = std::fill_n(out, g.pad_left * g.in_channels, zero);
    load(image * g.in_image() + y * row_size, row_size, inner);
    std::fill_n(inner + row_size, g.pad_right * g.in_channels, zero);
  }
}

void InputRows::padded(int64_t image, int64_t begin, int64_t end, float* out) const {
  pad(image, begin, end, 0.0f, out, [&](int64_t offset, int64_t count, float* inner) {
    const float* row = span(offset, count, inner);
    if (row != inner) std::copy_n(row, count, inner);
  });
}

void InputRows::padded(int64_t image, int64_t begin, int64_t end, Bfloat16* out) const {
  pad(image, begin, end, Bfloat16{}, out, [&](int64_t offset, int64_t count, Bfloat16* inner) {
    if (input_.codes != nullptr) {
      subtract_zero_point(input_.codes + offset, count, input_.grid.zero_point, inner);
    } else {
      std::copy_n(input_.values.bf16 + offset, count, inner);
    }
  });
}

void InputRows::padded(int64_t image, int64_t begin, int64_t end, uint8_t* out) const {
  pad(image, begin, end, static_cast<uint8_t>(input_.grid.zero_point), out,
      [&](int64_t offset, int64_t count, uint8_t* inner) {
        std::copy_n(input_.codes + offset, count, inner);
      });
}

}  // namespace nudge::kernels
