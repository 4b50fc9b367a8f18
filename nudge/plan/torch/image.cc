#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>

#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {

Compute image(const layers::ZeroPadding2D& layer) {
  return [&options = layer.options()](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return at::constant_pad_nd(inputs[0], {0, 0, options.left, options.right, options.top, options.bottom},
                               0);
  };
}

Compute image(const layers::UpSampling2D& layer) {
  return [&options = layer.options()](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    const at::Tensor x = nchw(inputs[0]);
    const std::vector<int64_t> size{x.size(2) * options.size.height, x.size(3) * options.size.width};
    return nhwc(options.interpolation == layers::Interpolation::kNearest
                    ? at::upsample_nearest2d(x, size)
                    : at::upsample_bilinear2d(x, size, /*align_corners=*/false));
  };
}

Compute image(const layers::Rescaling& layer) {
  return [&options = layer.options()](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return inputs[0].mul(options.scale).add(options.offset);
  };
}

}  // namespace nudge::plan::torch_steps
