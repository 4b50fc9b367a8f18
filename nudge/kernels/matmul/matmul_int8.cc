#include "nudge/kernels/matmul/matmul_int8.h"

#include <algorithm>

#include "nudge/base/cpu.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/parts.h"
#include "nudge/kernels/matmul/packing.h"

namespace nudge::kernels {
namespace {

constexpr int64_t kGrain = 16384;

}  // namespace

bool integer_products_are_fast() { return cpu_features().vnni; }

void Int8Weights::quantize(const float* weights, const Grid* grids, int64_t k, int64_t n, float* steps) {
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
    pack_int8_weights(weights + first, std::min(k, 4 * end) - 4 * begin, n, grids, steps + first,
                      words.data() + begin * n, sums[part].data());
  });
  for (const std::vector<int32_t>& part : sums) {
    for (size_t j = 0; j < part.size(); ++j) column_sums[j] += part[j];
  }
}

}  // namespace nudge::kernels
