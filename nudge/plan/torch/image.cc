#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>

#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {

Compute image(const ops::Pad& pad) {
  return [pad](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return at::constant_pad_nd(inputs[0], {0, 0, pad.left, pad.right, pad.top, pad.bottom}, 0);
  };
}

Compute image(const ops::Resize& resize) {
  return [resize](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    const at::Tensor x = nchw(inputs[0]);
    const std::vector<int64_t> size{x.size(2) * resize.factor.height, x.size(3) * resize.factor.width};
    return nhwc(resize.interpolation == ops::Interpolation::kNearest
                    ? at::upsample_nearest2d(x, size)
                    : at::upsample_bilinear2d(x, size, /*align_corners=*/false));
  };
}

Compute image(const ops::Rescale& rescale) {
  return [rescale](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return inputs[0].mul(rescale.scale).add(rescale.offset);
  };
}

}  // namespace nudge::plan::torch_steps
