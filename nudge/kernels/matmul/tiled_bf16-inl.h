// The products of matmul_bf16.h in tiles.
#pragma once

#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/matmul/matmul_bf16.h"
#include "nudge/kernels/matmul/pack_tiles.h"
#include "nudge/kernels/matmul/tiled_product-inl.h"

namespace nudge::kernels {

struct Bfloat16Numbers {
  template <int kSum, int kLeft, int kRight, class Tiles>
  static void add(Tiles& tiles) {
    tiles.template add_bfloat16<kSum, kLeft, kRight>();
  }
};

// Sums of a tile, in rows of 16, to rows of an output.
using WriteTile = void (*)(const float* sums, int64_t rows, int64_t columns, const Reals& to, int64_t pitch,
                           bool accumulate);

// Sums in float32 to rows of floats or bfloat16 numbers, `first_row` rows below the product's first.
template <class Tiles, WriteTile kWriteTile>
class RealSums {
 public:
  RealSums(const Bf16Matmul& product, int64_t first_row, bool accumulate)
      : g_(product), first_row_(first_row), accumulate_(accumulate || product.accumulate) {}

  template <int kRows, int kColumns>
  void begin(Tiles& tiles, int64_t block, int64_t panel) {
    if (!accumulate_ || !at_once<kRows, kColumns>(block, panel)) return clear_sums<kRows, kColumns>(tiles);
    for_each_sum<kRows, kColumns>([&]<int kRow, int kColumn>() {
      tiles.template load<kSumTile<kRow, kColumn>>(place(block + kRow, panel + kColumn), pitch());
    });
  }

  template <int kRows, int kColumns>
  void end(Tiles& tiles, int64_t block, int64_t panel) {
    if (at_once<kRows, kColumns>(block, panel)) {
      for_each_sum<kRows, kColumns>([&]<int kRow, int kColumn>() {
        tiles.template store<kSumTile<kRow, kColumn>>(place(block + kRow, panel + kColumn), pitch());
      });
      return;
    }
    for_each_sum<kRows, kColumns>([&]<int kRow, int kColumn>() {
      tiles.template store<kSumTile<kRow, kColumn>>(sums_, kTileBytes);
      write(block + kRow, panel + kColumn);
    });
  }

  void finish() {}

 private:
  int64_t pitch() const { return g_.c_row * static_cast<int64_t>(sizeof(float)); }
  int64_t row_of(int64_t block) const { return first_row_ + block * kTileRows; }
  float* place(int64_t block, int64_t panel) const {
    return g_.c.f32 + row_of(block) * g_.c_row + panel * kPanelColumns;
  }

  // Whether these are floats in whole tiles.
  template <int kRows, int kColumns>
  bool at_once(int64_t block, int64_t panel) const {
    return g_.c.f32 != nullptr && row_of(block + kRows) <= g_.rows &&
           (panel + kColumns) * kPanelColumns <= g_.columns;
  }

  void write(int64_t block, int64_t panel) const {
    const int64_t row = row_of(block), column = panel * kPanelColumns;
    const int64_t rows = std::min(kTileRows, g_.rows - row),
                  columns = std::min(kPanelColumns, g_.columns - column);
    if (rows > 0) kWriteTile(sums_, rows, columns, g_.c.at(row * g_.c_row + column), g_.c_row, accumulate_);
  }

  const Bf16Matmul& g_;
  int64_t first_row_;
  bool accumulate_;
  alignas(kTileBytes) float sums_[kTileRows * kPanelColumns];
};

// Adds a tile's rows to the rows that begin at to[row_at[row]].
using AddTile = void (*)(const float* sums, int64_t rows, int64_t columns, const int64_t* row_at, float* to);

template <class Tiles, AddTile kAddTile>
class ScatteredSums {
 public:
  ScatteredSums(const Bf16Scatter& product, int64_t first_row, bool) : g_(product), first_row_(first_row) {}

  template <int kRows, int kColumns>
  void begin(Tiles& tiles, int64_t, int64_t) {
    clear_sums<kRows, kColumns>(tiles);
  }

  template <int kRows, int kColumns>
  void end(Tiles& tiles, int64_t block, int64_t panel) {
    finish();
    for_each_sum<kRows, kColumns>([&]<int kRow, int kColumn>() {
      tiles.template store<kSumTile<kRow, kColumn>>(sums_[kColumn] + kRow * kTile, kTileBytes);
    });
    row_ = first_row_ + block * kTileRows;
    rows_ = std::min<int64_t>(kRows * kTileRows, g_.rows - row_);
    panel_ = panel;
    panels_ = kColumns;
  }

  // While the tiles are busy with what comes next.
  void finish() {
    for (int c = 0; c < panels_; ++c) {
      kAddTile(sums_[c], rows_, g_.panels[panel_ + c].columns, g_.row_at + row_,
               g_.to + g_.panels[panel_ + c].at);
    }
    panels_ = 0;
  }

 private:
  static constexpr int64_t kTile = kTileRows * kPanelColumns;

  const Bf16Scatter& g_;
  int64_t first_row_, row_ = 0, rows_ = 0, panel_ = 0;
  int panels_ = 0;
  alignas(kTileBytes) float sums_[2][2 * kTile];
};

// A product's rows from `first` on, as tiles in memory of their own.
inline TiledRows packed_rows(const Bf16Matmul& g, int64_t first) {
  const int64_t rows = g.rows - first, bytes = g.pairs * 4, pitch = g.a_row * 4;
  const int64_t size = tiles_bytes(rows, bytes);
  auto* packed =
      reinterpret_cast<std::byte*>(scratch_floats(Scratch::kTiles, size / 4 * (g.a_low == nullptr ? 1 : 2)));
  const auto* a = reinterpret_cast<const std::byte*>(g.a + first * g.a_row);
  TiledRows left = pack_tiles(a, pitch, rows, bytes, packed);
  if (g.a_low != nullptr) {
    const auto* low = reinterpret_cast<const std::byte*>(g.a_low + first * g.a_row);
    left.low = pack_tiles(low, pitch, rows, bytes, packed + size).first;
  }
  return left;
}

// Calls multiply(product, whether it is not the first) for parts of a product's terms that the first-level
// cache keeps of an operand in two parts, for two blocks of rows or panels.
template <class Multiply>
void for_each_part_of_terms(const TiledProduct& p, const Multiply& multiply) {
  constexpr int64_t kTiles = 8;
  for (int64_t first = 0; first < p.tiles; first += kTiles) {
    TiledProduct part = p;
    part.tiles = std::min(kTiles, p.tiles - first);
    part.left.first += first * p.left.tile;
    if (p.left.low != nullptr) part.left.low += first * p.left.tile;
    part.right.words += first * kTileRows * kPanelColumns;
    if (p.right.low != nullptr) part.right.low += first * kTileRows * kPanelColumns;
    multiply(part, first > 0);
  }
}

// SumsOf<Tiles>(product, first row, whether they are added) as multiply_in_tiles takes them: block 0 begins
// at that row.
template <template <class> class SumsOf, class Product, class Tiles>
void matmul_bf16_in_tiles(Tiles& tiles, const Product& g) {
  const int64_t pitch = g.a_row * 4;
  TiledProduct p{.left = {.first = reinterpret_cast<const std::byte*>(g.a),
                          .low = reinterpret_cast<const std::byte*>(g.a_low),
                          .block = kTileRows * pitch,
                          .stride = pitch},
                 .right = {.words = g.b, .low = g.b_low, .panel = g.b_panel},
                 .last_panel = (g.columns + kPanelColumns - 1) / kPanelColumns,
                 .tiles = tiles_across(g.pairs * 4)};
  const auto multiply = [&](int64_t first_row) {
    if (g.a_low == nullptr && g.b_low == nullptr)
      return multiply_in_tiles<Bfloat16Numbers, Parts::kOne>(tiles, p, SumsOf<Tiles>(g, first_row, false));
    for_each_part_of_terms(p, [&](const TiledProduct& part, bool added) {
      SumsOf<Tiles> sums(g, first_row, added);
      if (g.a_low != nullptr) {
        multiply_in_tiles<Bfloat16Numbers, Parts::kLeftInTwo>(tiles, part, sums);
      } else {
        multiply_in_tiles<Bfloat16Numbers, Parts::kRightInTwo>(tiles, part, sums);
      }
    });
  };
  // Other numbers than zeros would turn into NaN where they are infinite.
  const bool whole = g.a_in_whole_tiles || g.pairs % kTileRows == 0;
  p.blocks = whole ? g.rows / kTileRows : 0;
  const int64_t first = p.blocks * kTileRows;
  if (first > 0) multiply(0);
  if (first == g.rows) return;
  p.left = packed_rows(g, first);
  p.blocks = (g.rows - first + kTileRows - 1) / kTileRows;
  multiply(first);
}

}  // namespace nudge::kernels
