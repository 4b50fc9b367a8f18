#include "nudge/applications/efficientnet_pieces.h"

#include "nudge/layers/layers.h"

namespace nudge::applications {

Initializer fan_out_kernels() { return {.name = "VarianceScaling", .scale = 2.0, .mode = "fan_out"}; }

Tensor dropped_for_some(const Tensor& x, double rate, const std::string& name) {
  if (rate == 0) return x;
  return layers::dropout(x, {.rate = rate, .noise_shape = {kUnknown, 1, 1, 1}, .name = name});
}

Tensor efficientnet_top(const Tensor& features, const ApplicationOptions& options, LayerNames&) {
  return pooled_top(
      features, options,
      Initializer{.name = "VarianceScaling", .scale = 1.0 / 3, .mode = "fan_out", .distribution = "uniform"});
}

}  // namespace nudge::applications
