// The eight tile registers of AMX, 16 rows of 64 bytes each.  Assembly, so that no source is compiled for
// processors that have them alone; registers are numbers known at compile time.
#pragma once

#include <array>
#include <cstdint>

namespace nudge::kernels {

class AmxTiles {
 public:
  // Sets up the registers of this thread, and gives them back: a thread that holds none is switched sooner.
  AmxTiles() {
    alignas(64) static constexpr std::array<uint8_t, 64> kWhole = [] {
      std::array<uint8_t, 64> configuration{};
      configuration[0] = 1;  // the palette
      for (size_t tile = 0; tile < 8; ++tile) {
        configuration[16 + 2 * tile] = 64;  // bytes a row
        configuration[48 + tile] = 16;      // rows
      }
      return configuration;
    }();
    asm volatile("ldtilecfg %0" ::"m"(kWhole));
  }
  ~AmxTiles() { asm volatile("tilerelease"); }
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;

  template <int kTile>
  void clear() {
    asm volatile("tilezero %%tmm%c0" ::"i"(kTile));
  }
  // Rows lie `stride` bytes apart.
  template <int kTile>
  void load(const void* from, int64_t stride) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(stride), "i"(kTile) : "memory");
  }
  template <int kTile>
  void store(void* to, int64_t stride) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(stride), "i"(kTile) : "memory");
  }
  // Adds to each 32-bit sum four products of unsigned and signed bytes.
  template <int kSum, int kLeft, int kRight>
  void add_bytes() {
    asm volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kSum), "i"(kLeft), "i"(kRight));
  }
  // Adds to each float sum two products of bfloat16 numbers.
  template <int kSum, int kLeft, int kRight>
  void add_bfloat16() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kSum), "i"(kLeft), "i"(kRight));
  }
};

}  // namespace nudge::kernels
