#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/conv_transpose3d.h>

#include <array>

#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {
namespace {

// Of everything that the windows reach, (input - 1) * stride + window along each dimension, SAME keeps
// input * stride from where its padding ends; a window smaller than the stride leaves zeros behind.
template <size_t N>
at::Tensor cropped(const at::Tensor& whole, const std::array<int64_t, N>& inputs, const at::Tensor& kernel,
                   const std::array<int64_t, N>& strides, ops::Padding padding) {
  std::vector<int64_t> amounts;  // the last dimension first
  for (size_t i = N; i-- > 0;) {
    const int64_t reach = kernel.size(static_cast<int64_t>(i)) - strides[i];
    const bool same = padding == ops::Padding::kSame;
    const int64_t before = same ? std::max<int64_t>(reach, 0) / 2 : 0;
    const int64_t size = inputs[i] * strides[i] + (same ? 0 : std::max<int64_t>(reach, 0));
    amounts.push_back(-before);
    amounts.push_back(size - (whole.size(static_cast<int64_t>(i) + 2) - before));
  }
  return at::constant_pad_nd(whole, amounts, 0);
}

}  // namespace

Compute convolution(const ops::ConvTranspose2D& conv) {
  return [window = conv.window](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    const at::Tensor x = nchw(inputs[0]);
    const std::array<int64_t, 2> strides{window.strides.height, window.strides.width};
    const at::Tensor whole = at::conv_transpose2d(x, inputs[1].permute({3, 2, 0, 1}), {}, strides);
    const at::Tensor y = nhwc(cropped<2>(whole, {x.size(2), x.size(3)}, inputs[1], strides, window.padding));
    const auto bias = bias_of(inputs);
    return bias ? y.add(*bias) : y;
  };
}

Compute convolution(const ops::ConvTranspose3D& conv) {
  return [conv](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    const at::Tensor x = inputs[0].permute({0, 4, 1, 2, 3});
    const at::Tensor whole = at::conv_transpose3d(x, inputs[1].permute({4, 3, 0, 1, 2}), {}, conv.strides);
    const at::Tensor y =
        cropped<3>(whole, {x.size(2), x.size(3), x.size(4)}, inputs[1], conv.strides, conv.padding)
            .permute({0, 2, 3, 4, 1});
    const auto bias = bias_of(inputs);
    return bias ? y.add(*bias) : y;
  };
}

}  // namespace nudge::plan::torch_steps
