#include "nudge/kernels/matmul/pack_tiles.h"

#include <algorithm>
#include <cstring>

namespace nudge::kernels {

TiledRows pack_tiles(const std::byte* rows, int64_t pitch, int64_t count, int64_t bytes, std::byte* out) {
  constexpr int64_t kTile = kTileRows * kTileBytes;
  const int64_t across = tiles_across(bytes);
  for (int64_t row = 0; row < in_whole_tiles(count); ++row) {
    std::byte* to = out + row / kTileRows * across * kTile + row % kTileRows * kTileBytes;
    for (int64_t at = 0; at < bytes; at += kTileBytes, to += kTile) {
      const int64_t there = row < count ? std::min(kTileBytes, bytes - at) : 0;
      std::memcpy(to, rows + row * pitch + at, static_cast<size_t>(there));
      std::memset(to + there, 0, static_cast<size_t>(kTileBytes - there));
    }
  }
  return {.first = out, .block = across * kTile, .tile = kTile, .stride = kTileBytes};
}

}  // namespace nudge::kernels
