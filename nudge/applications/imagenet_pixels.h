// Scaling of pixels that is part of a model: by the mean and the deviation of ImageNet's photos.
#pragma once

#include <vector>

#include "nudge/applications/backbone.h"

namespace nudge::applications {

// Red, green and blue, of pixels within 0..`white`.
std::vector<double> imagenet_mean(double white = 1);
std::vector<double> imagenet_deviation(double white = 1);
std::vector<double> imagenet_variance(double white = 1);

// Pixels / 255 in a "rescaling", then, of three channels, a "normalization".
Tensor imagenet_normalized(const Tensor& image, LayerNames& names);

}  // namespace nudge::applications
