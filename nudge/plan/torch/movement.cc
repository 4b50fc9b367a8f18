#include <ATen/ops/_upsample_nearest_exact2d.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {

Compute movement(const ops::Pad& pad) {
  return [pad](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return at::constant_pad_nd(inputs[0], {0, 0, pad.left, pad.right, pad.top, pad.bottom}, 0);
  };
}

Compute movement(const ops::Resize& resize) {
  return [resize](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    const at::Tensor x = nchw(inputs[0]);
    const std::vector<int64_t> size{resize.size.height, resize.size.width};
    return nhwc(resize.interpolation == ops::Interpolation::kNearest
                    ? at::_upsample_nearest_exact2d(x, size)
                    : at::upsample_bilinear2d(x, size, /*align_corners=*/false));
  };
}

Compute movement(const ops::Transpose& transpose) {
  return [order = transpose.order](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return inputs[0].permute(order);
  };
}

Compute movement(const ops::Slice& slice) {
  return [parts = slice.parts](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    at::Tensor x = inputs[0];
    for (size_t i = 0; i < parts.size(); ++i) {
      const auto& [begin, count, stride] = parts[i];
      const auto dimension = static_cast<int64_t>(i);
      if (count == kUnknown) continue;
      if (stride > 0) {
        x = x.slice(dimension, begin, begin + (count - 1) * stride + 1, stride);
      } else {
        x = x.index_select(dimension, at::arange(count, at::kLong).mul(stride).add(begin));
      }
    }
    return x;
  };
}

Compute movement(const ops::Gather&) {
  return [](const std::vector<at::Tensor>& inputs, const FallbackCall& call) {
    const at::Tensor rows = inputs[1].flatten().to(at::kLong);
    return inputs[0].index_select(0, rows).reshape(call.output.shape);
  };
}

}  // namespace nudge::plan::torch_steps
