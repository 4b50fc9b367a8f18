// Primitives as libtorch operations.  Each function here returns what computes one, NHWC in and out.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "nudge/plan/fallback.h"

namespace nudge::plan::torch_steps {

// The bias of a product, its third input.
c10::optional<at::Tensor> bias_of(const std::vector<at::Tensor>& inputs);

// From a primitive's inputs to its output, in differentiable operations.
using Compute = std::function<at::Tensor(const std::vector<at::Tensor>& inputs, const FallbackCall& call)>;

// Images as libtorch's operations want them and back: views, nothing moves.
at::Tensor nchw(const at::Tensor& nhwc);
at::Tensor nhwc(const at::Tensor& nchw);

Compute convolution(const ops::Conv2D& conv);
Compute convolution(const ops::DepthwiseConv2D& conv);
Compute convolution(const ops::ConvTranspose2D& conv);
Compute convolution(const ops::Conv3D& conv);
Compute convolution(const ops::ConvTranspose3D& conv);
Compute product(const ops::MatMul& product);
Compute product(const ops::BatchMatMul& product);
Compute normalization(const ops::Normalize& normalize);
Compute pooling(const ops::Pool& pool);
Compute pooling(const ops::Reduce& reduce);
Compute activation(const ops::Activate& activate);
Compute merge(const ops::Combine& combine);
Compute merge(const ops::Concatenate& concatenate);
Compute affine(const ops::Rescale& rescale);
Compute movement(const ops::Pad& pad);
Compute movement(const ops::Resize& resize);
Compute movement(const ops::Transpose& transpose);
Compute movement(const ops::Slice& slice);
Compute movement(const ops::Gather& gather);

}  // namespace nudge::plan::torch_steps
