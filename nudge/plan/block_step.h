// A fused block as a step: product (or none) + normalisation + activation + output quantizer, in
// kernels/block.h.
#pragma once

#include <optional>

#include "nudge/ops/block.h"
#include "nudge/plan/lowering.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// The part of a block that the kernel computes, of a product, a Normalize or a ReLU that kernel_activation()
// knows; nothing where it cannot compute even the head.
std::optional<ops::Block> computable_block(const Lowered& lowered, ops::Block block);

StepPtr make_block_step(const Lowered& lowered, const ops::Block& block);

}  // namespace nudge::plan
