// What CONV_2D and DEPTHWISE_CONV_2D have in common before their channels' sums.
#pragma once

#include <fmt/format.h>

#include "nudge/tflite/evaluator/operator_kernel.h"
#include "nudge/tflite/evaluator/window.h"

namespace nudge::tflite {

struct ConvGeometry {
  FilterWindow height;
  FilterWindow width;
  int64_t batch = 0;
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t groups = 1;  // of a depthwise convolution: its input's channels

  int64_t group_in() const { return in_channels / groups; }
  int64_t group_out() const { return out_channels / groups; }
  int64_t depth() const { return height.kernel * width.kernel * group_in(); }
  // Whether an output pixel's row is the input pixel beneath.
  bool is_pointwise() const {
    return groups == 1 && height.kernel == 1 && width.kernel == 1 && height.stride == 1 && width.stride == 1;
  }
  // Output pixels.
  int64_t rows() const { return batch * height.out * width.out; }
};

// Of constant weights, (out, height, width, in of a group) or (1, height, width, out) where `depthwise`, over
// an image.  Sets the output's shape; fails as Preparation does.
template <class Options>
ConvGeometry conv_geometry(const Preparation& op, const Options& options, bool depthwise) {
  const TfLiteTensor& input = op.input(0);
  const TfLiteTensor& weights = op.input(1);
  op.expect_rank(input, 4);
  op.expect_rank(weights, 4);
  if (!weights.is_constant()) op.unsupported("weights computed by the model");
  if (options.stride_h < 1 || options.stride_w < 1 || options.dilation_h < 1 || options.dilation_w < 1) {
    op.fail("strides and dilations must be at least 1");
  }
  ConvGeometry g;
  g.height =
      make_window(input.shape[1], weights.shape[1], options.stride_h, options.dilation_h, options.padding);
  g.width =
      make_window(input.shape[2], weights.shape[2], options.stride_w, options.dilation_w, options.padding);
  g.batch = input.shape[0];
  g.in_channels = input.shape[3];
  g.out_channels = weights.shape[depthwise ? 3 : 0];
  const int64_t group_in = depthwise ? weights.shape[0] : weights.shape[3];
  const bool fits = group_in >= 1 && g.in_channels >= 1 && g.in_channels % group_in == 0 &&
                    (!depthwise || (group_in == 1 && g.out_channels % g.in_channels == 0));
  if (!fits) {
    op.fail(
        fmt::format("input {} does not fit weights {}", to_string(input.shape), to_string(weights.shape)));
  }
  g.groups = g.in_channels / group_in;
  if (g.out_channels % g.groups != 0)
    op.fail(fmt::format("{} output channels for {} groups", g.out_channels, g.groups));
  op.set_output_shape({g.batch, g.height.out, g.width.out, g.out_channels});
  return g;
}

}  // namespace nudge::tflite
