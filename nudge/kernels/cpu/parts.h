// Cutting a block's work into parts, a few a thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "nudge/base/threads.h"

namespace nudge::kernels {

// So many floats of a pass stay in the second-level cache.
inline constexpr int64_t kPassFloats = 16384;
// So many floats of a pass, or multiplications of a product, take a thread 20 us or more: less is not worth
// waking one.
inline constexpr int64_t kPartFloats = int64_t{1} << 16;
inline constexpr int64_t kPartMultiplications = int64_t{1} << 20;

// Cuts [0, n) at multiples of `align` into parts at least `grain` long and calls body(part, begin, end) for
// each in parallel; a single part runs outside of any parallel region, so that its products use all threads.
// Up to `each` parts a thread, which are taken as threads come free.
inline int part_count(int64_t n, int64_t grain, int64_t align, int64_t each = 4) {
  const int64_t most = std::min(n / grain, (n + align - 1) / align);
  const int64_t threads = thread_count();
  return static_cast<int>(std::clamp<int64_t>(most, 1, threads == 1 ? 1 : threads * each));
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
