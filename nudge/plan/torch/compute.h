// Primitives as libtorch operations.  Each function here returns what computes one, NHWC in and out.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "nudge/plan/fallback.h"

namespace nudge::plan::torch_steps {

// From a primitive's inputs to its output, in differentiable operations.
using Compute = std::function<at::Tensor(const std::vector<at::Tensor>& inputs, const FallbackCall& call)>;

// Images as libtorch's operations want them and back: views, nothing moves.
at::Tensor nchw(const at::Tensor& nhwc);
at::Tensor nhwc(const at::Tensor& nchw);

Compute convolution(const ops::Conv2D& conv);
Compute convolution(const ops::DepthwiseConv2D& conv);
Compute product(const ops::MatMul& product);
Compute normalization(const ops::Normalize& normalize);
Compute pooling(const ops::Pool& pool);
Compute pooling(const ops::Reduce& reduce);
Compute activation(const ops::Activate& activate);
Compute merge(const ops::Combine& combine);
Compute merge(const ops::Concatenate& concatenate);
Compute image(const ops::Pad& pad);
Compute image(const ops::Resize& resize);
Compute image(const ops::Rescale& rescale);

}  // namespace nudge::plan::torch_steps
