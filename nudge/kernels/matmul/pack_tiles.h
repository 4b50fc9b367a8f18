// The left operand of a product in tiles, where it does not lie in memory as whole ones.
#pragma once

#include <cstddef>
#include <cstdint>

#include "nudge/kernels/matmul/tiled_product-inl.h"

namespace nudge::kernels {

// Rows of `bytes` bytes, `pitch` bytes apart, as tiles of `out`, filled up with zeros.  `out` takes
// tiles_bytes(rows, bytes).
TiledRows pack_tiles(const std::byte* rows, int64_t pitch, int64_t count, int64_t bytes, std::byte* out);

constexpr int64_t tiles_across(int64_t bytes) { return (bytes + kTileBytes - 1) / kTileBytes; }
constexpr int64_t tiles_bytes(int64_t rows, int64_t bytes) {
  return in_whole_tiles(rows) * tiles_across(bytes) * kTileBytes;
}

}  // namespace nudge::kernels
