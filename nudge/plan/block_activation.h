// Which activations the fused block applies itself.
#pragma once

#include <optional>

#include "nudge/kernels/block.h"
#include "nudge/plan/operation.h"

namespace nudge::plan {

// Of ReLU, LeakyReLU, relu and relu6; nothing for any other operation.
std::optional<kernels::Activation> block_activation(const Operation& operation);

}  // namespace nudge::plan
