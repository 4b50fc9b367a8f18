// Which operators of two graphs belong together.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "nudge/tflite/model.h"

namespace nudge::tflite {

// One of them is missing where only one graph has the operator.
struct AlignedOperators {
  std::optional<size_t> a, b;
  bool operator==(const AlignedOperators&) const = default;
};

// The longest sequence of operators of the same kinds that both graphs have in this order; those between are
// paired as long as both have some, what is left over stays alone.  Graphs whose sizes multiply to more than
// 16 million are paired by index.
std::vector<AlignedOperators> align_operators(const SubGraph& a, const SubGraph& b);

}  // namespace nudge::tflite
