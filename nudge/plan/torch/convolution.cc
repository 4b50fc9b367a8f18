#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/matmul.h>

#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {
namespace {

// Kernel already (out, in / groups, height, width).
at::Tensor convolve(const at::Tensor& x, const at::Tensor& kernel, const c10::optional<at::Tensor>& bias,
                    const ops::Window& window, int64_t groups) {
  const auto rows = window.rows(x.size(1));
  const auto columns = window.columns(x.size(2));
  at::Tensor image = nchw(x);
  std::vector<int64_t> padding{rows.before, columns.before};
  if (rows.before != rows.after || columns.before != columns.after) {
    image = at::constant_pad_nd(image, {columns.before, columns.after, rows.before, rows.after}, 0);
    padding = {0, 0};
  }
  return nhwc(at::conv2d(image, kernel, bias, {window.strides.height, window.strides.width}, padding,
                         {window.dilation.height, window.dilation.width}, groups));
}

}  // namespace

c10::optional<at::Tensor> bias_of(const std::vector<at::Tensor>& inputs) {
  return inputs.size() > 2 ? c10::make_optional(inputs[2]) : c10::nullopt;
}

Compute convolution(const ops::Conv2D& conv) {
  return [conv](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return convolve(inputs[0], inputs[1].permute({3, 2, 0, 1}), bias_of(inputs), conv.window, conv.groups);
  };
}

Compute convolution(const ops::DepthwiseConv2D& conv) {
  return [window = conv.window](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    // (height, width, in, multiplier) -> (in * multiplier, 1, height, width)
    const at::Tensor& kernel = inputs[1];
    const int64_t outputs = kernel.size(2) * kernel.size(3);
    const at::Tensor filters =
        kernel.permute({2, 3, 0, 1}).reshape({outputs, 1, kernel.size(0), kernel.size(1)});
    return convolve(inputs[0], filters, bias_of(inputs), window, kernel.size(2));
  };
}

Compute product(const ops::MatMul&) {
  return [](const std::vector<at::Tensor>& inputs, const FallbackCall& call) {
    const at::Tensor& kernel = inputs[1];
    const at::Tensor rows = inputs[0].reshape({-1, kernel.size(0)});
    // As a 1x1 convolution it runs in oneDNN; libtorch built on a plain BLAS is 20 times slower at mm().
    const at::Tensor images = rows.reshape({rows.size(0), 1, 1, rows.size(1)});
    const at::Tensor filters = kernel.t().reshape({kernel.size(1), kernel.size(0), 1, 1});
    const at::Tensor y = convolve(images, filters, bias_of(inputs), ops::Window{}, 1);
    return y.reshape(call.output.shape);
  };
}

Compute product(const ops::BatchMatMul& product) {
  return [product](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    const at::Tensor a = product.transpose_a ? inputs[0].transpose(-1, -2) : inputs[0];
    const at::Tensor b = product.transpose_b ? inputs[1].transpose(-1, -2) : inputs[1];
    return at::matmul(a, b);
  };
}

}  // namespace nudge::plan::torch_steps
