// Image primitives along one dimension of a tensor of any rank.
#pragma once

#include <functional>

#include "nudge/ops/expansion.h"

namespace nudge::layers {

// Lays x out as an image (batch, axis, before, behind): the dimension `axis` as its rows, what lies before it
// as its columns and what lies behind it as its channels.  Applies `rows`, which may change the number of
// rows, and gives the result x's order again.
ops::ValueId along(ops::Expansion& call, ops::ValueId x, size_t axis,
                   const std::function<ops::ValueId(ops::ValueId image)>& rows);

}  // namespace nudge::layers
