// A pass over a weight, its gradient and up to two averages of it, on the pool of threads.
#pragma once

#include <cstdint>

#include "nudge/base/threads.h"

namespace nudge::train {

constexpr int64_t kWeightsAPart = 1 << 14;

// body(i) for each of n values.
template <typename Body>
void each_weight(int64_t n, const Body& body) {
  parallel_for(n, kWeightsAPart, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) body(i);
  });
}

}  // namespace nudge::train
