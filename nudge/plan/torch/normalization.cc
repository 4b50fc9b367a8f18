#include <ATen/ops/native_batch_norm.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/var_mean.h>
#include <c10/core/GradMode.h>

#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {
namespace {

void move_average(at::Tensor average, const at::Tensor& batch, double momentum) {
  average.mul_(momentum).add_(batch, 1.0 - momentum);
}

}  // namespace

Compute normalization(const ops::Normalize& options) {
  return [options](const std::vector<at::Tensor>& inputs, const FallbackCall& call) {
    size_t next = 1;
    const auto optional = [&](bool present) {
      return present ? c10::make_optional(inputs[next++]) : c10::nullopt;
    };
    const auto gamma = optional(options.scale);
    const auto beta = optional(options.center);
    const at::Tensor& mean = inputs[next];
    const at::Tensor& variance = inputs[next + 1];

    const at::Tensor& x = inputs[0];
    // libtorch has its channels second.
    at::Tensor image = x.dim() == 4 ? nchw(x) : x.reshape({-1, x.size(-1)});
    if (call.batch_statistics) {
      c10::NoGradGuard no_gradient;
      // Keras moves the average towards the biased variance, libtorch's own would take the unbiased one.
      const auto [batch_variance, batch_mean] =
          at::var_mean(x.reshape({-1, x.size(-1)}), at::IntArrayRef{0}, /*unbiased=*/false);
      const double momentum = call.statistics_momentum.value_or(options.momentum);
      move_average(mean, batch_mean, momentum);
      move_average(variance, batch_variance, momentum);
    }
    using Statistics = c10::optional<at::Tensor>;
    at::Tensor y = std::get<0>(
        at::native_batch_norm(image, gamma, beta, call.batch_statistics ? Statistics() : Statistics(mean),
                              call.batch_statistics ? Statistics() : Statistics(variance),
                              call.batch_statistics, 0.0, options.epsilon));
    return x.dim() == 4 ? nhwc(y) : y.reshape(x.sizes());
  };
}

Compute affine(const ops::Rescale& rescale) {
  const auto tensor = [](const std::vector<double>& values) { return at::tensor(values, at::kFloat); };
  return [scale = tensor(rescale.scale), offset = tensor(rescale.offset)](
             const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return inputs[0].mul(scale).add(offset);
  };
}

}  // namespace nudge::plan::torch_steps
