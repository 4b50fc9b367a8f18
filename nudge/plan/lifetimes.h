// When the memory of a plan's values is free again: after the last step that reads them, forwards or
// backwards.
#pragma once

#include <vector>

#include "nudge/plan/lowering.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

struct Lifetimes {
  // By step, the values that nobody reads after it: in a pass that ends with the forward one, and in a
  // training step after its forward and its backward half.
  std::vector<std::vector<ValueId>> inference, forward, backward;
};

Lifetimes lifetimes_of(const std::vector<StepPtr>& steps, const Lowered& lowered);

}  // namespace nudge::plan
