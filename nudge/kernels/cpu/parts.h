// Cutting a block's work into parts, one a thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "nudge/base/threads.h"

namespace nudge::kernels {

// So many floats are worth a thread of their own in a pass over memory.
inline constexpr int64_t kPassFloats = 16384;

// Cuts [0, n) at multiples of `align` into parts at least `grain` long and calls body(part, begin, end) for
// each in parallel; a single part runs outside of any parallel region, so that its products use all threads.
inline int part_count(int64_t n, int64_t grain, int64_t align) {
  const int64_t most = std::min((n + grain - 1) / grain, (n + align - 1) / align);
  return static_cast<int>(std::clamp<int64_t>(most, 1, thread_count()));
}

template <class Body>
void for_parts(int parts, int64_t n, int64_t align, const Body& body) {
  const int64_t blocks = (n + align - 1) / align;
  const auto start = [&](int64_t part) { return std::min(n, blocks * part / parts * align); };
  parallel_for(parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; ++part)
      body(static_cast<size_t>(part), start(part), start(part + 1));
  });
}

}  // namespace nudge::kernels
