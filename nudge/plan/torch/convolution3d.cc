#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv3d.h>

#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {

Compute convolution(const ops::Conv3D& conv) {
  return [conv](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    const at::Tensor& kernel = inputs[1];
    at::Tensor x = inputs[0].permute({0, 4, 1, 2, 3});
    std::vector<int64_t> amounts;  // the last dimension first
    for (size_t i = 3; i-- > 0;) {
      const auto at = static_cast<int64_t>(i);
      const ops::WindowSpan span =
          ops::window_span(x.size(at + 2), kernel.size(at), conv.strides[i], conv.dilations[i], conv.padding);
      amounts.insert(amounts.end(), {span.before, span.after});
    }
    x = at::constant_pad_nd(x, amounts, 0);
    return at::conv3d(x, kernel.permute({4, 3, 0, 1, 2}), bias_of(inputs), conv.strides, {0, 0, 0},
                      conv.dilations)
        .permute({0, 2, 3, 4, 1});
  };
}

}  // namespace nudge::plan::torch_steps
