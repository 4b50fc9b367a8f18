#include <algorithm>

#include "nudge/kernels/matmul/amx_tiles-inl.h"
#include "nudge/kernels/matmul/avx512_output-inl.h"
#include "nudge/kernels/matmul/tiled_int8-inl.h"

namespace nudge::kernels {
namespace {

// Sums of 16 columns that tiles were stored as, and what those start from.
struct StoredSums {
  NUDGE_INLINE_VNNI __m512i operator()(int row) const {
    return _mm512_add_epi32(_mm512_load_si512(sums + row * kPanelColumns), start);
  }
  NUDGE_INLINE_VNNI __m512 real(int row, __mmask16 lanes) const {
    return _mm512_maskz_cvtepi32_ps(lanes, (*this)(row));
  }

  const int32_t* sums;
  __m512i start;
};

// To out.at(at) and on, `pitch` elements a row.  Loops as they stand: unrolled, their addresses would not fit
// the registers.
NUDGE_INLINE_VNNI void write_sums(const StoredSums& sums, int rows, const MatmulOutput& out, int64_t at,
                                  int64_t pitch, int64_t channel, __mmask16 lanes) {
  if (out.codes != nullptr) {
    const CodesAt codes(*out.apply, channel, lanes);
    for (int r = 0; r < rows; ++r, at += pitch) codes.store(sums(r), out.codes + at);
    return;
  }
  if (out.statistics == nullptr) {
    for (int r = 0; r < rows; ++r, at += pitch) store_floats(sums.real(r, lanes), lanes, out.floats + at);
    return;
  }
  StatisticsAt statistics(*out.statistics, channel, lanes);
  int r = 0;
  for (; r + 2 <= rows; r += 2, at += 2 * pitch) {
    const __m512 x = sums.real(r, lanes), y = sums.real(r + 1, lanes);
    store_real(x, lanes, out, at);
    store_real(y, lanes, out, at + pitch);
    statistics.add(x, y);
  }
  if (r < rows) {
    const __m512 x = sums.real(r, lanes);
    store_real(x, lanes, out, at);
    statistics.add(x);
  }
  statistics.store();
}

// Writes the sums of one step while the tiles are busy with the next: what a tile has just stored is not
// there yet for vectors to load.
template <class Tiles>
class CodeSums {
 public:
  CodeSums(const Int8Matmul& product, int64_t first_row) : g_(product), first_row_(first_row) {}

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
    rows_ = static_cast<int>(std::min<int64_t>(kRows * kTileRows, g_.rows - row_));
    column_ = panel * kPanelColumns;
    columns_ = kColumns;
  }

  // What is left.
  NUDGE_TARGET_VNNI void finish() {
    for (int c = 0; c < columns_; ++c) write(sums_[c], rows_, row_, column_ + c * kPanelColumns);
    columns_ = 0;
  }

 private:
  static constexpr int64_t kTile = kTileRows * kPanelColumns;

  NUDGE_INLINE_VNNI void write(const int32_t* sums, int rows, int64_t row, int64_t column) const {
    const __mmask16 lanes = lanes_up_to(g_.weights->columns - column);
    const __m512i of_weights = _mm512_maskz_loadu_epi32(lanes, g_.weights->column_sums.data() + column);
    const __m512i start = _mm512_mullo_epi32(_mm512_set1_epi32(-g_.zero), of_weights);
    const int64_t pitch = g_.weights->columns;
    const StoredSums stored{sums, start};
    if (lanes == lanes_up_to(kLanes)) {
      write_sums(stored, rows, g_.c, row * pitch + column, pitch, column, lanes_up_to(kLanes));
    } else {
      write_sums(stored, rows, g_.c, row * pitch + column, pitch, column, lanes);
    }
  }

  const Int8Matmul& g_;
  int64_t first_row_, row_ = 0, column_ = 0;
  int rows_ = 0, columns_ = 0;
  alignas(kTileBytes) int32_t sums_[2][2 * kTile];
};

}  // namespace

void matmul_int8_amx(const Int8Matmul& product) {
  AmxTiles tiles;
  matmul_int8_in_tiles<CodeSums>(tiles, product);
}

}  // namespace nudge::kernels
