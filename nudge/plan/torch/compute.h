// Layers as libtorch operations.  Each function here returns what computes one layer, NHWC in and out.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "nudge/layers/layers.h"
#include "nudge/plan/fallback.h"

namespace nudge::plan::torch_steps {

// From a layer's inputs followed by its weights to its output, in differentiable operations.
using Compute = std::function<at::Tensor(const std::vector<at::Tensor>& inputs, const FallbackCall& call)>;

// Images as libtorch's operations want them and back: views, nothing moves.
at::Tensor nchw(const at::Tensor& nhwc);
at::Tensor nhwc(const at::Tensor& nchw);

Compute convolution(const layers::Conv2D& layer);
Compute convolution(const layers::DepthwiseConv2D& layer);
Compute product(const layers::Dense& layer);
Compute normalization(const layers::BatchNormalization& layer);

Compute pooling(const layers::MaxPooling2D& layer);
Compute pooling(const layers::AveragePooling2D& layer);
Compute pooling(const layers::GlobalMaxPooling2D& layer);
Compute pooling(const layers::GlobalAveragePooling2D& layer);

Compute activation(layers::ActivationFunction function);
Compute activation(const layers::ReLU& layer);
Compute activation(const layers::LeakyReLU& layer);
Compute activation(const layers::Softmax& layer);

Compute merge(const layers::Add& layer);
Compute merge(const layers::Multiply& layer);
Compute merge(const layers::Maximum& layer);
Compute merge(const layers::Concatenate& layer);

Compute image(const layers::ZeroPadding2D& layer);
Compute image(const layers::UpSampling2D& layer);
Compute image(const layers::Rescaling& layer);

}  // namespace nudge::plan::torch_steps
