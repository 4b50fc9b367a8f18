// EfficientNet of the first version, which EfficientNet-Lite is made of too.
#pragma once

#include "nudge/applications/backbone.h"

namespace nudge::applications {

struct EfficientNetSize {
  const char* name;
  double width;  // channels and layers, times those of the smallest
  double depth;
  int64_t image_size;
  double dropout;
};

// The network behind the scaling of its pixels.  For integer hardware (`lite`) it has ReLU6 instead of swish,
// no squeeze-and-excite, and a stem, a head and outer stages that do not grow with the rest.
Tensor efficientnet_body(const Tensor& x, const EfficientNetSize& size, bool lite);

}  // namespace nudge::applications
