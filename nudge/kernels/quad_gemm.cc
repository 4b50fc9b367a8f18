#include "nudge/kernels/quad_gemm.h"

#include <algorithm>

#include "nudge/base/cpu.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/parts.h"
#include "nudge/kernels/steps.h"

namespace nudge::kernels {
namespace {

constexpr int64_t kGrain = 16384;

}  // namespace

bool integer_products_are_fast() { return cpu_features().vnni; }

void QuadWeights::pack(const float* steps, int64_t k, int64_t n) {
  terms = k;
  columns = n;
  const int64_t quads = (k + 3) / 4;
  words.resize(static_cast<size_t>(quads * n));
  column_sums.assign(static_cast<size_t>(n), 0);
  parallel_for(quads, std::max<int64_t>(1, kGrain / n), [&](int64_t begin, int64_t end) {
    for (int64_t q = begin; q < end; ++q) {
      uint32_t* row = words.data() + q * n;
      std::fill_n(row, n, 0u);
      for (int64_t t = 4 * q; t < std::min(k, 4 * q + 4); ++t) {
        const auto shift = static_cast<uint32_t>(8 * (t - 4 * q));
        for (int64_t j = 0; j < n; ++j) {
          row[j] |= static_cast<uint32_t>(static_cast<uint8_t>(static_cast<int8_t>(steps[t * n + j])))
                    << shift;
        }
      }
    }
  });
  parallel_for(n, std::max<int64_t>(16, kGrain / k), [&](int64_t begin, int64_t end) {
    for (int64_t t = 0; t < k; ++t) {
      for (int64_t j = begin; j < end; ++j)
        column_sums[static_cast<size_t>(j)] += static_cast<int32_t>(steps[t * n + j]);
    }
  });
}

void QuadWeights::quantize(const float* weights, const Grid* grids, int64_t k, int64_t n, float* steps) {
  terms = k;
  columns = n;
  const int64_t quads = (k + 3) / 4;
  words.resize(static_cast<size_t>(quads * n));
  column_sums.assign(static_cast<size_t>(n), 0);
  const int parts = part_count(quads, std::max<int64_t>(1, kGrain / n), 1);
  std::vector<std::vector<int32_t>> sums(static_cast<size_t>(parts));
  for_parts(parts, quads, 1, [&](size_t part, int64_t begin, int64_t end) {
    sums[part].assign(static_cast<size_t>(n), 0);
    const int64_t first = 4 * begin * n;
    weights_to_quads(weights + first, std::min(k, 4 * end) - 4 * begin, n, grids, steps + first,
                     words.data() + begin * n, sums[part].data());
  });
  for (const std::vector<int32_t>& part : sums) {
    for (size_t j = 0; j < part.size(); ++j) column_sums[j] += part[j];
  }
}

}  // namespace nudge::kernels
