// A matrix product in tiles of 16 rows by 64 bytes: what AMX's two kinds of numbers, and a test's emulation
// of its registers, have in common.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "nudge/kernels/values/panels.h"

namespace nudge::kernels {

// Rows of the left operand as tiles: tile t of the block of 16 rows b begins at first + b * block + t * tile,
// all in bytes.
struct TiledRows {
  const std::byte* first = nullptr;
  const std::byte* low = nullptr;  // of numbers in two parts: the lower ones, likewise
  int64_t block = 0, tile = kTileBytes, stride = 0;
};

// The right operand in panels.h's layout.
struct TiledColumns {
  const uint32_t* words = nullptr;
  const uint32_t* low = nullptr;
  int64_t panel = 0;  // words
};

struct TiledProduct {
  TiledRows left;
  TiledColumns right;
  int64_t blocks = 0;  // of 16 rows
  int64_t first_panel = 0, last_panel = 0;
  int64_t tiles = 0;  // summed over
};

// Which operand is in two parts.
enum class Parts { kOne, kLeftInTwo, kRightInTwo };

// The registers: sums of up to two blocks of rows by two panels, then the operands.
template <int kRow, int kColumn>
inline constexpr int kSumTile = 2 * kRow + kColumn;
template <int kRow>
inline constexpr int kLeftTile = 4 + kRow;
template <int kColumn>
inline constexpr int kRightTile = 6 + kColumn;

// Calls body.template operator()<row, column>() for each of the sums.
template <int kRows, int kColumns, class Body>
inline void for_each_sum(const Body& body) {
  body.template operator()<0, 0>();
  if constexpr (kColumns > 1) body.template operator()<0, 1>();
  if constexpr (kRows > 1) body.template operator()<1, 0>();
  if constexpr (kRows > 1 && kColumns > 1) body.template operator()<1, 1>();
}

template <int kRows, int kColumns, class Tiles>
inline void clear_sums(Tiles& tiles) {
  for_each_sum<kRows, kColumns>(
      [&]<int kRow, int kColumn>() { tiles.template clear<kSumTile<kRow, kColumn>>(); });
}

template <class Numbers, Parts kParts, int kRows, int kColumns, class Tiles>
inline void sum_tiles(Tiles& tiles, const TiledProduct& p, int64_t block, int64_t panel) {
  const auto load_left = [&](const std::byte* from, int64_t t) {
    const std::byte* at = from + block * p.left.block + t * p.left.tile;
    tiles.template load<kLeftTile<0>>(at, p.left.stride);
    if constexpr (kRows > 1) tiles.template load<kLeftTile<1>>(at + p.left.block, p.left.stride);
  };
  const auto load_right = [&](const uint32_t* from, int64_t t) {
    const uint32_t* at = from + panel * p.right.panel + t * kTileRows * kPanelColumns;
    tiles.template load<kRightTile<0>>(at, kTileBytes);
    if constexpr (kColumns > 1) tiles.template load<kRightTile<1>>(at + p.right.panel, kTileBytes);
  };
  const auto add = [&] {
    for_each_sum<kRows, kColumns>([&]<int kRow, int kColumn>() {
      Numbers::template add<kSumTile<kRow, kColumn>, kLeftTile<kRow>, kRightTile<kColumn>>(tiles);
    });
  };
  for (int64_t t = 0; t < p.tiles; ++t) {
    load_left(p.left.first, t);
    load_right(p.right.words, t);
    add();
    if constexpr (kParts == Parts::kLeftInTwo) {
      load_left(p.left.low, t);
      add();
    }
    if constexpr (kParts == Parts::kRightInTwo) {
      load_right(p.right.low, t);
      add();
    }
  }
}

// So many blocks of rows stay while all panels go by.
inline int64_t rows_together(Parts parts, const TiledProduct& p) {
  // What is in two parts is what the first-level cache keeps: of the other, half as much is read.
  if (parts == Parts::kRightInTwo) return p.blocks;
  if (parts == Parts::kLeftInTwo) return 2;
  // The second-level cache where not even two blocks fit the first.
  constexpr int64_t kFirstLevel = 24 * 1024, kSecondLevel = 768 * 1024;
  const int64_t block_bytes = p.tiles * kTileBytes * kTileRows;
  const int64_t cached = 2 * block_bytes <= kFirstLevel ? kFirstLevel : kSecondLevel;
  return std::max<int64_t>(2, cached / block_bytes / 2 * 2);
}

// The sums of so many blocks of rows and panels begin as sums.begin<rows, columns>(tiles, block, panel)
// leaves their registers, and are taken from there by sums.end, of the same form; sums.finish() is called
// last.
template <class Numbers, Parts kParts, class Tiles, class Sums>
inline void multiply_in_tiles(Tiles& tiles, const TiledProduct& p, Sums&& sums) {
  const int64_t group = rows_together(kParts, p);
  const auto run = [&]<int kRows, int kColumns>(int64_t block, int64_t panel) {
    sums.template begin<kRows, kColumns>(tiles, block, panel);
    sum_tiles<Numbers, kParts, kRows, kColumns>(tiles, p, block, panel);
    sums.template end<kRows, kColumns>(tiles, block, panel);
  };
  for (int64_t first = 0; first < p.blocks; first += group) {
    const int64_t last = std::min(p.blocks, first + group);
    for (int64_t panel = p.first_panel; panel < p.last_panel; panel += 2) {
      const bool both = panel + 1 < p.last_panel;
      int64_t block = first;
      for (; block + 1 < last; block += 2) {
        both ? run.template operator()<2, 2>(block, panel) : run.template operator()<2, 1>(block, panel);
      }
      if (block < last) {
        both ? run.template operator()<1, 2>(block, panel) : run.template operator()<1, 1>(block, panel);
      }
    }
  }
  sums.finish();
}

}  // namespace nudge::kernels
