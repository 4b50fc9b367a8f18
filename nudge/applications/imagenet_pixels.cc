#include "nudge/applications/imagenet_pixels.h"

#include "nudge/layers/layers.h"

namespace nudge::applications {

std::vector<double> imagenet_mean(double white) { return {0.485 * white, 0.456 * white, 0.406 * white}; }

std::vector<double> imagenet_deviation(double white) { return {0.229 * white, 0.224 * white, 0.225 * white}; }

std::vector<double> imagenet_variance(double white) {
  std::vector<double> values = imagenet_deviation(white);
  for (double& value : values) value *= value;
  return values;
}

Tensor imagenet_normalized(const Tensor& image, LayerNames& names) {
  const Tensor x = layers::rescaling(image, {.scale = 1.0 / 255, .name = names("rescaling")});
  if (image.shape()[3] != 3) return x;
  return layers::normalization(
      x, {.mean = imagenet_mean(), .variance = imagenet_variance(), .name = names("normalization")});
}

}  // namespace nudge::applications
