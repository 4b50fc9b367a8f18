// A matrix product cut into tiles of rows by vectors of 16 columns whose sums fit the 32 registers.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "nudge/kernels/cpu/avx512-inl.h"

namespace nudge::kernels {

// Calls Tile<rows, vectors>::run(product, row, column, lanes of the last vector) so that the tiles cover
// [0, rows) by [first_column, last_column).
template <template <int, int> class Tile, int kVectors, int kMost, class Product>
void run_columns(const Product& product, int64_t rows, int64_t column, int64_t count) {
  using Run = void (*)(const Product&, int64_t, int64_t, __mmask16);
  static constexpr auto kRuns = []<int... less>(std::integer_sequence<int, less...>) {
    return std::array<Run, kMost>{Tile<less + 1, kVectors>::run...};
  }
  (std::make_integer_sequence<int, kMost>());
  const __mmask16 lanes = lanes_up_to(count - (kVectors - 1) * kLanes);
  for (int64_t row = 0; row < rows; row += kMost) {
    kRuns[static_cast<size_t>(std::min<int64_t>(kMost, rows - row) - 1)](product, row, column, lanes);
  }
}

template <template <int, int> class Tile, class Product>
void run_tiles(const Product& product, int64_t rows, int64_t first_column, int64_t last_column) {
  for (int64_t column = first_column; column < last_column;) {
    const int64_t count = std::min<int64_t>(4 * kLanes, last_column - column);
    if (count > 3 * kLanes) {
      run_columns<Tile, 4, 6>(product, rows, column, count);
    } else if (count > 2 * kLanes) {
      run_columns<Tile, 3, 8>(product, rows, column, count);
    } else if (count > kLanes) {
      run_columns<Tile, 2, 12>(product, rows, column, count);
    } else {
      run_columns<Tile, 1, 12>(product, rows, column, count);
    }
    column += count;
  }
}

}  // namespace nudge::kernels
