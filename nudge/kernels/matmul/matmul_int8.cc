#include "nudge/kernels/matmul/matmul_int8.h"

#include <algorithm>

#include "nudge/base/cpu.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/parts.h"
#include "nudge/kernels/matmul/packing.h"
#include "nudge/kernels/matmul/tiled_product-inl.h"

namespace nudge::kernels {
namespace {

constexpr int64_t kGrain = 16384;

}  // namespace

bool integer_products_are_fast() { return cpu_features().vnni; }

void matmul_int8(const Int8Matmul& product) {
  static const bool has_tiles = cpu_features().amx;
  // The product of a single tile is over before vectors could load its sums.
  (has_tiles && product.weights->terms > kTileBytes ? matmul_int8_amx : matmul_int8_vnni)(product);
}

void Int8Weights::quantize(const float* weights, const Grid* grids, int64_t k, int64_t n, float* steps) {
  terms = k;
  columns = n;
  words.resize(quads(), n);
  column_sums.assign(static_cast<size_t>(n), 0);
  const int parts = part_count(quads(), std::max<int64_t>(1, kGrain / n), 1);
  std::vector<std::vector<int32_t>> sums(static_cast<size_t>(parts));
  for_parts(parts, quads(), 1, [&](size_t part, int64_t begin, int64_t end) {
    sums[part].assign(static_cast<size_t>(n), 0);
    const int64_t first = 4 * begin * n;
    pack_int8_weights(weights + first, std::min(k, 4 * end) - 4 * begin, n, grids, steps + first,
                      words.data() + begin * kPanelColumns, words.panel(), sums[part].data());
  });
  for (const std::vector<int32_t>& part : sums) {
    for (size_t j = 0; j < part.size(); ++j) column_sums[j] += part[j];
  }
}

}  // namespace nudge::kernels
