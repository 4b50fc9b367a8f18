// What CONV_3D and CONV_3D_TRANSPOSE have in common before their channels.
#pragma once

#include <algorithm>
#include <array>

#include "nudge/tflite/evaluator/operator_kernel.h"
#include "nudge/tflite/evaluator/window.h"

namespace nudge::tflite {

struct VolumeWindows {
  FilterWindow depth;
  FilterWindow height;
  FilterWindow width;
};

// Of constant rank-5 weights (depth, height, width, -, -), input 1, over a volume of these sizes.  Fails as
// Preparation does.
inline VolumeWindows volume_windows(const Preparation& op, const TfLiteConv3dOptions& options,
                                    const std::array<int64_t, 3>& sizes) {
  const TfLiteTensor& weights = op.input(1);
  if (!weights.is_constant()) op.unsupported("weights computed by the model");
  if (std::min({options.stride_d, options.stride_h, options.stride_w, options.dilation_d, options.dilation_h,
                options.dilation_w}) < 1) {
    op.fail("strides and dilations must be at least 1");
  }
  const Shape& kernel = weights.shape;
  return {make_window(sizes[0], kernel[0], options.stride_d, options.dilation_d, options.padding),
          make_window(sizes[1], kernel[1], options.stride_h, options.dilation_h, options.padding),
          make_window(sizes[2], kernel[2], options.stride_w, options.dilation_w, options.padding)};
}

}  // namespace nudge::tflite
