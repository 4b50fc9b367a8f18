// How the right operand of a product lies in memory: its columns in panels of 16, each panel its words row by
// row, so that 16 rows of a panel are one tile of AMX and a row one vector of AVX-512.
//
// A word holds what one 32-bit lane multiplies at once: four bytes or two bfloat16 numbers of as many
// neighbouring terms.  Rows are filled up to whole tiles with zeros, columns with anything.
#pragma once

#include <algorithm>
#include <cstdint>

#include "nudge/base/memory.h"

namespace nudge::kernels {

inline constexpr int64_t kPanelColumns = 16;
inline constexpr int64_t kTileRows = 16;
inline constexpr int64_t kTileBytes = 64;  // of a row

constexpr int64_t in_whole_tiles(int64_t rows) { return (rows + kTileRows - 1) / kTileRows * kTileRows; }

// Words of one panel of so many rows, and of all.
constexpr int64_t panel_words(int64_t rows) { return in_whole_tiles(rows) * kPanelColumns; }
constexpr int64_t words_in_panels(int64_t rows, int64_t columns) {
  return (columns + kPanelColumns - 1) / kPanelColumns * panel_words(rows);
}

// Where column `column` of row 0 lies among panels of `panel` words.
constexpr int64_t in_panels(int64_t column, int64_t panel) {
  return column / kPanelColumns * panel + column % kPanelColumns;
}

// Memory for an operand, zero where nothing is written.
class Panels {
 public:
  // Keeps what is there while the sizes stay.
  void resize(int64_t rows, int64_t columns) {
    const int64_t count = words_in_panels(rows, columns);
    if (count == count_ && panel_words(rows) == panel_) return;
    memory_ = allocate_memory(static_cast<size_t>(count) * sizeof(uint32_t));
    count_ = count;
    panel_ = panel_words(rows);
    std::fill_n(data(), count, 0u);
  }

  int64_t panel() const { return panel_; }  // words of one
  uint32_t* data() { return reinterpret_cast<uint32_t*>(memory_.get()); }
  const uint32_t* data() const { return reinterpret_cast<const uint32_t*>(memory_.get()); }

 private:
  Memory memory_;
  int64_t count_ = 0, panel_ = 0;
};

}  // namespace nudge::kernels
