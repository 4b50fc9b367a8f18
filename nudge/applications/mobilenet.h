// MobileNet (Howard et al. 2017, arXiv:1704.04861) as keras.applications builds it.
#pragma once

#include "nudge/applications/applications.h"

namespace nudge::applications {

ModelPtr mobilenet(const ApplicationOptions& options = {});

}  // namespace nudge::applications
