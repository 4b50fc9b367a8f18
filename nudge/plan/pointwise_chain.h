// Runs of operations that compute each element of one tensor from that element alone: a function with its
// quantizers, x * sigmoid(x), ...
#pragma once

#include <optional>
#include <vector>

#include "nudge/ops/uses.h"
#include "nudge/plan/lowering.h"

namespace nudge::plan {

struct PointwiseChain {
  ValueId root = -1;
  std::vector<size_t>
      members;  // operations in the program's order; nobody else reads what all but the last make
};

// The longest chain from `first` on without operations that are taken; nothing where `first` begins none.
std::optional<PointwiseChain> find_pointwise_chain(const Lowered& lowered, const ops::Uses& uses,
                                                   const std::vector<bool>& taken, size_t first);

}  // namespace nudge::plan
