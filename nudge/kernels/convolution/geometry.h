// The sizes of a block's product, and its input seen as rows of pixels with zeros around them.
#pragma once

#include <cstdint>

#include "nudge/kernels/values/operand.h"

namespace nudge::kernels {

struct BlockOptions;

struct Geometry {
  // Throws ValueError, see Block.
  explicit Geometry(const BlockOptions& options);

  int64_t in_height, in_width, in_channels;
  int64_t out_height, out_width, out_channels;
  int64_t kernel_height, kernel_width;
  int64_t stride_height, stride_width;
  int64_t dilation_height, dilation_width;
  int64_t pad_top, pad_left, pad_right;
  int64_t multiplier;  // depthwise: output channels an input channel; else 1
  bool depthwise;
  bool identity;   // no product: the output is the input
  bool pointwise;  // every output pixel is a product of one input pixel, in order

  int64_t taps() const { return kernel_height * kernel_width; }
  // Rows of the kernel seen as a matrix of (rows, out_channels).
  int64_t kernel_rows() const { return depthwise ? taps() : taps() * in_channels; }
  int64_t kernel_size() const { return identity ? 0 : kernel_rows() * out_channels; }
  int64_t in_image() const { return in_height * in_width * in_channels; }
  int64_t out_pixels() const { return out_height * out_width; }
  // Input rows [first_input_row(oy), last_input_row(oy)] feed output row oy; both may lie in the padding.
  int64_t first_input_row(int64_t oy) const { return oy * stride_height - pad_top; }
  int64_t last_input_row(int64_t oy) const {
    return first_input_row(oy) + (kernel_height - 1) * dilation_height;
  }
};

// Loads the input: values as they are (or widened to float), codes as code - zero point.
class InputRows {
 public:
  InputRows(const Operand& input, const Geometry& geometry) : input_(input), geometry_(geometry) {}

  const uint8_t* codes() const { return input_.codes; }
  const Bfloat16* bfloat16() const { return input_.values.bf16; }
  int zero_point() const { return input_.grid.zero_point; }

  // `count` floats from `offset` on: the caller's memory, or `scratch` filled.
  const float* span(int64_t offset, int64_t count, float* scratch) const {
    return load_floats(input_, offset, count, scratch);
  }

  // Rows [begin, end) of an image with the padding around them, each padded_pitch() long.
  void padded(int64_t image, int64_t begin, int64_t end, float* out) const;
  void padded(int64_t image, int64_t begin, int64_t end, Bfloat16* out) const;
  // Codes as they are, the padding as the zero point.
  void padded(int64_t image, int64_t begin, int64_t end, uint8_t* out) const;
  int64_t padded_pitch() const {
    return (geometry_.pad_left + geometry_.in_width + geometry_.pad_right) * geometry_.in_channels;
  }

 private:
  // Pads rows; load(offset, count, out) writes a row's elements.
  template <typename T, class Load>
  void pad(int64_t image, int64_t begin, int64_t end, T zero, T* out, const Load& load) const;

  Operand input_;
  const Geometry& geometry_;
};

}  // namespace nudge::kernels
