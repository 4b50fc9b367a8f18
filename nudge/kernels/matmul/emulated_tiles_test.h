// AMX's registers in plain C++, so that what is built on them is tested on any machine.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "nudge/kernels/matmul/matmul_bf16.h"
#include "nudge/kernels/matmul/tiled_bf16-inl.h"

namespace nudge::kernels {

class EmulatedTiles {
 public:
  template <int kTile>
  void clear() {
    tiles_[kTile] = {};
  }
  template <int kTile>
  void load(const void* from, int64_t stride) {
    for (int64_t row = 0; row < 16; ++row)
      std::memcpy(bytes(kTile, row), static_cast<const std::byte*>(from) + row * stride, 64);
  }
  template <int kTile>
  void store(void* to, int64_t stride) {
    for (int64_t row = 0; row < 16; ++row)
      std::memcpy(static_cast<std::byte*>(to) + row * stride, bytes(kTile, row), 64);
  }
  template <int kSum, int kLeft, int kRight>
  void add_bytes() {
    add<int32_t, 4>(kSum, kLeft, kRight, [](const std::byte* left, const std::byte* right) {
      return static_cast<int32_t>(std::to_integer<uint8_t>(*left)) *
             static_cast<int32_t>(static_cast<int8_t>(std::to_integer<uint8_t>(*right)));
    });
  }
  template <int kSum, int kLeft, int kRight>
  void add_bfloat16() {
    add<float, 2>(kSum, kLeft, kRight, [](const std::byte* left, const std::byte* right) {
      Bfloat16 a, b;
      std::memcpy(&a, left, sizeof(a));
      std::memcpy(&b, right, sizeof(b));
      return to_float(a) * to_float(b);
    });
  }

 private:
  using Tile = std::array<std::byte, 1024>;

  std::byte* bytes(int tile, int64_t row, int64_t at = 0) {
    return tiles_[static_cast<size_t>(tile)].data() + row * 64 + at;
  }

  // Sums of `kTerms` products a word.
  template <class Sum, int kTerms, class Multiply>
  void add(int sums, int left, int right, const Multiply& multiply) {
    constexpr int64_t kSize = 4 / kTerms;
    for (int64_t row = 0; row < 16; ++row) {
      for (int64_t column = 0; column < 16; ++column) {
        Sum sum;
        std::memcpy(&sum, bytes(sums, row, 4 * column), 4);
        for (int64_t word = 0; word < 16; ++word) {
          for (int64_t term = 0; term < kTerms; ++term) {
            sum += multiply(bytes(left, row, 4 * word + term * kSize),
                            bytes(right, word, 4 * column + term * kSize));
          }
        }
        std::memcpy(bytes(sums, row, 4 * column), &sum, 4);
      }
    }
  }

  std::array<Tile, 8> tiles_{};
};

inline void write_emulated_tile(const float* sums, int64_t rows, int64_t columns, const Reals& to,
                                int64_t pitch, bool accumulate) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      const float sum = sums[r * kPanelColumns + c];
      const Reals at = to.at(r * pitch + c);
      if (at.f32 != nullptr) *at.f32 = sum + (accumulate ? *at.f32 : 0.0f);
      if (at.bf16 != nullptr) *at.bf16 = to_bfloat16(sum + (accumulate ? to_float(*at.bf16) : 0.0f));
    }
  }
}

inline void add_emulated_tile(const float* sums, int64_t rows, int64_t columns, const int64_t* row_at,
                              float* to) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) to[row_at[r] + c] += sums[r * kPanelColumns + c];
  }
}

template <class Tiles>
using EmulatedSums = RealSums<Tiles, write_emulated_tile>;
template <class Tiles>
using EmulatedScatter = ScatteredSums<Tiles, add_emulated_tile>;

}  // namespace nudge::kernels
