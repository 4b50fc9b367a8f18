#include "nudge/applications/inception_pieces.h"

#include "nudge/layers/layers.h"

namespace nudge::applications {

using layers::Padding;

Branch inception_stem() {
  return {{32, 3, 2},  {32, 3, 1, Padding::kValid}, {64, 3},
          kMaxPooling, {80, 1, 1, Padding::kValid}, {192, 3, 1, Padding::kValid},
          kMaxPooling};
}

Tensor InceptionLayers::conv(const Tensor& x, const InceptionStep& step, const std::string& name) {
  const auto called = [&](const char* kind, const char* suffix) {
    return name.empty() ? names(kind) : name + suffix;
  };
  Tensor y = layers::conv2d(x, {.filters = step.filters,
                                .kernel_size = step.kernel_size,
                                .strides = step.stride,
                                .padding = step.stride == 1 ? step.padding : Padding::kValid,
                                .use_bias = false,
                                .name = called("conv2d", "")});
  y = layers::batch_normalization(y, {.scale = false, .name = called("batch_normalization", "_bn")});
  return activated(y, "relu", called("activation", "_ac"));
}

Tensor InceptionLayers::branch(const Tensor& x, const Branch& steps) {
  Tensor y = x;
  for (const InceptionStep& step : steps) {
    if (step.filters > 0) {
      y = conv(y, step);
    } else if (step.stride == 1) {
      y = layers::average_pooling2d(y, {.pool_size = step.kernel_size,
                                        .strides = 1,
                                        .padding = Padding::kSame,
                                        .name = names("average_pooling2d")});
    } else {
      y = layers::max_pooling2d(
          y, {.pool_size = step.kernel_size, .strides = step.stride, .name = names("max_pooling2d")});
    }
  }
  return y;
}

Tensor InceptionLayers::mixed(const Tensor& x, const std::vector<Branch>& branches, const std::string& name) {
  std::vector<Tensor> parts;
  parts.reserve(branches.size());
  for (const Branch& steps : branches) parts.push_back(branch(x, steps));
  return layers::concatenate(parts, {.name = name});
}

}  // namespace nudge::applications
