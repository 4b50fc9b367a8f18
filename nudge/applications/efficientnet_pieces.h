// What the EfficientNets share: how kernels start, squeeze-and-excite, dropped residuals, the classifier.
#pragma once

#include <string>

#include "nudge/applications/backbone.h"

namespace nudge::applications {

// He's variance over the outputs, cut off: how these networks' convolutions start.
Initializer fan_out_kernels();

// Each channel times a factor within 0 and 1 that a mean of every channel decides through `reduced` channels.
// The layers are called `name` with "squeeze", "reshape", "reduce", "expand" and "excite".
Tensor squeezed_and_excited(const Tensor& x, int64_t reduced, const std::string& function,
                            const std::string& name);

// In training left out for a share of the images (stochastic depth); `x` itself where the rate is 0.
Tensor dropped_for_some(const Tensor& x, double rate, const std::string& name);

// The usual classifier, with a uniform start.
Tensor efficientnet_top(const Tensor& features, const ApplicationOptions& options, LayerNames& names);

}  // namespace nudge::applications
