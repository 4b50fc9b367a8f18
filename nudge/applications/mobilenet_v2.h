// MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) as keras.applications builds it.
#pragma once

#include "nudge/applications/applications.h"

namespace nudge::applications {

ModelPtr mobilenet_v2(const ApplicationOptions& options = {});

}  // namespace nudge::applications
