#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sum.h>

#include <limits>

#include "nudge/base/error.h"
#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {
namespace {

at::Tensor pad(const at::Tensor& image, const ops::Window& window, double value) {
  const auto rows = window.rows(image.size(2));
  const auto columns = window.columns(image.size(3));
  if (rows.before + rows.after + columns.before + columns.after == 0) return image;
  return at::constant_pad_nd(image, {columns.before, columns.after, rows.before, rows.after}, value);
}

at::Tensor window_sums(const at::Tensor& image, const ops::Window& window) {
  return at::avg_pool2d(pad(image, window, 0.0), {window.size.height, window.size.width},
                        {window.strides.height, window.strides.width}, 0, /*ceil_mode=*/false,
                        /*count_include_pad=*/true, /*divisor_override=*/1);
}

at::Tensor max_pool(const at::Tensor& x, const ops::Window& window) {
  const at::Tensor image = pad(nchw(x), window, -std::numeric_limits<double>::infinity());
  return nhwc(at::max_pool2d(image, {window.size.height, window.size.width},
                             {window.strides.height, window.strides.width}));
}

at::Tensor average_pool(const at::Tensor& x, const ops::Window& window) {
  const at::Tensor image = nchw(x);
  // Padding counts neither above nor below the line.
  const at::Tensor pixels = window_sums(at::ones({1, 1, image.size(2), image.size(3)}), window);
  return nhwc(window_sums(image, window).div(pixels));
}

}  // namespace

Compute pooling(const ops::Pool& pool) {
  return [pool](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return pool.of == ops::Reduction::kMax ? max_pool(inputs[0], pool.window)
                                           : average_pool(inputs[0], pool.window);
  };
}

Compute pooling(const ops::Reduce& reduce) {
  return [reduce](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    const at::IntArrayRef axes = reduce.axes;
    switch (reduce.of) {
      case ops::Reduction::kMax:
        return at::amax(inputs[0], axes, reduce.keepdims);
      case ops::Reduction::kMin:
        return at::amin(inputs[0], axes, reduce.keepdims);
      case ops::Reduction::kAverage:
        return at::mean(inputs[0], axes, reduce.keepdims);
      case ops::Reduction::kSum:
        return at::sum(inputs[0], axes, reduce.keepdims);
    }
    throw UnsupportedError("a reduction that has no step");
  };
}

}  // namespace nudge::plan::torch_steps
