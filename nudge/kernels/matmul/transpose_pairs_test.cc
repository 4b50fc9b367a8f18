#include "nudge/kernels/matmul/transpose_pairs.h"

#include <gtest/gtest.h>

#include <vector>

#include "nudge/base/cpu.h"
#include "nudge/base/random.h"
#include "nudge/kernels/values/panels.h"

namespace nudge::kernels {
namespace {

float half_of(uint32_t word, int64_t which) {
  return to_float({static_cast<uint16_t>(which == 0 ? word : word >> 16)});
}

using Transpose = void (*)(const RowsToTurn&, int64_t, int64_t, uint32_t*, int64_t);

void expect_columns(Transpose transpose) {
  constexpr int kZero = 131;
  Random random(3);
  for (const int64_t rows : {1, 2, 31, 32, 33, 70}) {
    for (const int64_t columns : {1, 15, 16, 17, 40}) {
      constexpr int64_t kFirst = 3;
      const int64_t width = kFirst + columns + 2, pitch = transposed_pitch(rows);
      std::vector<uint8_t> codes(static_cast<size_t>(rows * width));
      for (uint8_t& code : codes) code = static_cast<uint8_t>(random.below(256));
      std::vector<Bfloat16> halves;
      for (const uint8_t code : codes) halves.push_back(to_bfloat16(static_cast<float>(code - kZero)));
      for (const bool in_codes : {true, false}) {
        RowsToTurn x{.zero = kZero, .rows = rows, .pitch = width};
        in_codes ? void(x.codes = codes.data()) : void(x.halves = halves.data());
        std::vector<uint32_t> words(static_cast<size_t>(in_whole_tiles(columns) * pitch), 7);
        transpose(x, kFirst, columns, words.data(), pitch);
        for (int64_t c = 0; c < columns; ++c) {
          for (int64_t r = 0; r < 2 * pitch; ++r) {
            const float expected =
                r < rows ? static_cast<float>(codes[static_cast<size_t>(r * width + kFirst + c)] - kZero)
                         : 0.0f;
            ASSERT_EQ(half_of(words[static_cast<size_t>(c * pitch + r / 2)], r % 2), expected)
                << rows << " rows, row " << r << ", column " << c << ", seed 3";
          }
        }
      }
    }
  }
}

TEST(TransposePairs, PortableTurnsRowsIntoColumns) { expect_columns(transpose_pairs_portable); }

TEST(TransposePairs, Avx512TurnsRowsIntoColumns) {
  if (!cpu_features().bf16) GTEST_SKIP() << "this processor has no AVX-512 BF16";
  expect_columns(transpose_pairs_avx512);
}

TEST(TransposePairs, ColumnsLieAnOddNumberOfTilesApart) {
  for (const int64_t rows : {1, 32, 33, 256, 1000}) {
    EXPECT_GE(2 * transposed_pitch(rows), rows);
    EXPECT_EQ(transposed_pitch(rows) % (2 * kTileRows), kTileRows);
  }
}

void expect_panels(void (*pack)(const float*, int64_t, int64_t, uint32_t*)) {
  Random random(4);
  for (const int64_t rows : {1, 7, 16}) {
    for (const int64_t n : {1, 2, 15, 32, 33, 70}) {
      std::vector<float> values(static_cast<size_t>(rows * n));
      for (float& value : values) value = to_float(to_bfloat16(static_cast<float>(random.normal())));
      const int64_t pairs = (n + 1) / 2;
      std::vector<uint32_t> panel(static_cast<size_t>(panel_words(pairs)), 7);
      pack(values.data(), rows, n, panel.data());
      for (int64_t term = 0; term < 2 * in_whole_tiles(pairs); ++term) {
        for (int64_t r = 0; r < rows; ++r) {
          const uint32_t word = panel[static_cast<size_t>(term / 2 * kPanelColumns + r)];
          ASSERT_EQ(half_of(word, term % 2), term < n ? values[static_cast<size_t>(r * n + term)] : 0.0f)
              << rows << "x" << n << ", term " << term << ", row " << r << ", seed 4";
        }
      }
    }
  }
}

TEST(TransposePairs, PortablePacksPanels) { expect_panels(pack_transposed_panel_portable); }

TEST(TransposePairs, Avx512PacksPanels) {
  if (!cpu_features().bf16) GTEST_SKIP() << "this processor has no AVX-512 BF16";
  expect_panels(pack_transposed_panel_avx512);
}

}  // namespace
}  // namespace nudge::kernels
