// Which ReLUs the kernels compute within another pass.
#pragma once

#include <optional>

#include "nudge/kernels/channels/activation.h"
#include "nudge/ops/program.h"

namespace nudge::plan {

// Nothing for another function, or a ReLU that they do not have.
std::optional<kernels::BlockActivation> kernel_activation(const ops::Operation& operation);

}  // namespace nudge::plan
