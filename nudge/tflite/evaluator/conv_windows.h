// What CONV_2D and DEPTHWISE_CONV_2D have in common before their channels.
#pragma once

#include "nudge/tflite/evaluator/operator_kernel.h"
#include "nudge/tflite/evaluator/window.h"

namespace nudge::tflite {

struct ConvWindows {
  FilterWindow height;
  FilterWindow width;
};

// Of constant rank-4 weights (-, height, width, -) over a rank-4 input.  Fails as Preparation does.
template <class Options>
ConvWindows conv_windows(const Preparation& op, const Options& options) {
  const TfLiteTensor& input = op.input(0);
  const TfLiteTensor& weights = op.input(1);
  op.expect_rank(input, 4);
  op.expect_rank(weights, 4);
  if (!weights.is_constant()) op.unsupported("weights computed by the model");
  if (options.stride_h < 1 || options.stride_w < 1 || options.dilation_h < 1 || options.dilation_w < 1) {
    op.fail("strides and dilations must be at least 1");
  }
  return {
      make_window(input.shape[1], weights.shape[1], options.stride_h, options.dilation_h, options.padding),
      make_window(input.shape[2], weights.shape[2], options.stride_w, options.dilation_w, options.padding)};
}

}  // namespace nudge::tflite
