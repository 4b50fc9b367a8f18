// A fused block as a step: product + normalisation + activation + output quantizer in kernels/block.h.
#pragma once

#include <optional>

#include "nudge/ops/block.h"
#include "nudge/plan/lowering.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

// The part of a product's block that the kernel computes; nothing where it cannot compute even the product.
std::optional<ops::Block> computable_block(const Lowered& lowered, ops::Block block);

StepPtr make_block_step(const Lowered& lowered, const ops::Block& block);

}  // namespace nudge::plan
