// Walks a large product in tiles that stay in cache, several at once.  Private to the kernels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "nudge/base/threads.h"
#include "nudge/tflite/evaluator/block_product.h"
#include "nudge/tflite/evaluator/integer_product.h"

namespace nudge::tflite {

inline void product(const int16_t* activations, int64_t count, const PackedWeights& weights, int64_t first,
                    int64_t last, int32_t* out) {
  integer_product(activations, count, weights, first, last, out);
}
template <typename Activation, typename Weight, typename Sum>
void product(const Activation* activations, int64_t count, const BlockWeights<Weight>& weights, int64_t first,
             int64_t last, Sum* out) {
  block_product(activations, count, weights, first, last, out);
}

// For each of `rows` rows: fill(row, out) writes its activations (padded_depth() long, zeroed before the
// first use only), and store(row, first_column, columns, sums) takes its products, in parts.  Both are called
// from several threads at once, for rows of their own.
template <typename Activation, typename Sum, typename Weights, typename Fill, typename Store>
void tiled_product(int64_t rows, const Weights& weights, const Fill& fill, const Store& store) {
  constexpr int64_t kTileBytes = 64 << 10;
  constexpr int64_t kBlocksAtOnce = 16;
  const int64_t depth = weights.padded_depth();
  const int64_t row_bytes = std::max<int64_t>(depth, 1) * static_cast<int64_t>(sizeof(Activation));
  const int64_t tile = std::clamp<int64_t>(kTileBytes / row_bytes / 4 * 4, 4, 64);
  const int64_t row_tiles = (rows + tile - 1) / tile;
  // Waking another thread costs about as much as this many products.
  constexpr int64_t kProductsATask = 1 << 18;
  const int64_t grain = kProductsATask / std::max<int64_t>(tile * depth * weights.rows(), 1) + 1;
  // With few rows the columns are shared out instead, each part filling the rows again.
  const int64_t wanted = row_tiles < thread_count() && grain == 1 ? thread_count() : 1;
  const int64_t column_parts = std::max<int64_t>(1, std::min(wanted, weights.blocks()));
  parallel_for(row_tiles * column_parts, grain, [&](int64_t begin, int64_t end) {
    std::vector<Activation> activations(static_cast<size_t>(tile * depth));
    std::vector<Sum> sums(static_cast<size_t>(tile * kBlocksAtOnce * Weights::kWidth));
    for (int64_t task = begin; task < end; ++task) {
      const int64_t row = task / column_parts * tile;
      const int64_t count = std::min(tile, rows - row);
      for (int64_t r = 0; r < count; ++r) fill(row + r, activations.data() + r * depth);
      const int64_t part = task % column_parts;
      const int64_t last_block = weights.blocks() * (part + 1) / column_parts;
      for (int64_t first = weights.blocks() * part / column_parts; first < last_block;
           first += kBlocksAtOnce) {
        const int64_t last = std::min(first + kBlocksAtOnce, last_block);
        product(activations.data(), count, weights, first, last, sums.data());
        const int64_t columns = std::min(last * Weights::kWidth, weights.rows()) - first * Weights::kWidth;
        for (int64_t r = 0; r < count; ++r) {
          store(row + r, first * Weights::kWidth, columns,
                sums.data() + r * (last - first) * Weights::kWidth);
        }
      }
    }
  });
}

}  // namespace nudge::tflite
