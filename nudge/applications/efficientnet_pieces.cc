#include "nudge/applications/efficientnet_pieces.h"

#include "nudge/layers/layers.h"

namespace nudge::applications {

Initializer fan_out_kernels() { return {.name = "VarianceScaling", .scale = 2.0, .mode = "fan_out"}; }

Tensor squeezed_and_excited(const Tensor& x, int64_t reduced, const std::string& function,
                            const std::string& name) {
  const auto gate = [&](const Tensor& y, int64_t filters, const std::string& activation, const char* suffix) {
    return layers::conv2d(y, {.filters = filters,
                              .padding = layers::Padding::kSame,
                              .activation = layers::activation_from_string(activation),
                              .kernel_initializer = fan_out_kernels(),
                              .name = name + suffix});
  };
  const int64_t channels = x.shape()[3];
  Tensor y = layers::global_average_pooling2d(x, {.name = name + "squeeze"});
  y = layers::reshape(y, {.target_shape = {1, 1, channels}, .name = name + "reshape"});
  y = gate(gate(y, reduced, function, "reduce"), channels, "sigmoid", "expand");
  return layers::multiply({x, y}, {.name = name + "excite"});
}

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
