// The products of matmul_int8.h in tiles.
#pragma once

#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/matmul/matmul_int8.h"
#include "nudge/kernels/matmul/pack_tiles.h"
#include "nudge/kernels/matmul/tiled_product-inl.h"

namespace nudge::kernels {

struct Bytes {
  template <int kSum, int kLeft, int kRight, class Tiles>
  static void add(Tiles& tiles) {
    tiles.template add_bytes<kSum, kLeft, kRight>();
  }
};

// Sums(product, first row) as multiply_in_tiles takes them: block 0 begins at that row.
template <template <class> class Sums, class Tiles>
void matmul_int8_in_tiles(Tiles& tiles, const Int8Matmul& g) {
  const auto* rows = reinterpret_cast<const std::byte*>(g.a);
  const int64_t bytes = g.weights->terms, pitch = g.a_row;
  TiledProduct p{.left = {.first = rows, .block = kTileRows * pitch, .stride = pitch},
                 .right = {.words = g.weights->words.data(), .panel = g.weights->words.panel()},
                 .blocks = g.rows / kTileRows,
                 .first_panel = g.first_column / kPanelColumns,
                 .last_panel = (g.last_column + kPanelColumns - 1) / kPanelColumns,
                 .tiles = tiles_across(bytes)};
  // Whole tiles may read into the next row, where the weights are zero; the last rows have none.
  if (g.rows % kTileRows == 0 && bytes % kTileBytes != 0) --p.blocks;
  const int64_t whole = p.blocks * kTileRows, rest = g.rows - whole;
  if (whole > 0) multiply_in_tiles<Bytes, Parts::kOne>(tiles, p, Sums<Tiles>(g, 0));
  if (rest > 0) {
    auto* packed =
        reinterpret_cast<std::byte*>(scratch_floats(Scratch::kTiles, tiles_bytes(rest, bytes) / 4));
    p.left = pack_tiles(rows + whole * pitch, pitch, rest, bytes, packed);
    p.blocks = 1;
    multiply_in_tiles<Bytes, Parts::kOne>(tiles, p, Sums<Tiles>(g, whole));
  }
}

}  // namespace nudge::kernels
