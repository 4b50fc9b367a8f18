// bfloat16: the upper half of a float32, kept where memory counts more than digits.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace nudge::kernels {

struct Bfloat16 {
  uint16_t bits = 0;
};

inline float to_float(Bfloat16 x) { return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16); }

// To the nearest, ties to even; a NaN stays one.
inline Bfloat16 to_bfloat16(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  if (x != x) return {static_cast<uint16_t>(bits >> 16 | 0x40)};
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}

// Spans of them; each runs in the calling thread.
void round_to_bfloat16(const float* from, int64_t n, Bfloat16* to);
void widen(const Bfloat16* from, int64_t n, float* to);
// to += from, rounded.
void add_to_bfloat16(const float* from, int64_t n, Bfloat16* to);
void add_to_bfloat16(const Bfloat16* from, int64_t n, Bfloat16* to);

// Floats in memory in one of the two formats: at most one pointer is set, none means absent.
template <class Float, class Half>
struct BasicReals {
  constexpr BasicReals() = default;
  constexpr BasicReals(std::nullptr_t) {}
  constexpr BasicReals(Float* floats) : f32(floats) {}
  constexpr BasicReals(Half* halves) : bf16(halves) {}
  // What may be written may be read.
  template <class F, class H>
  constexpr BasicReals(const BasicReals<F, H>& other) : f32(other.f32), bf16(other.bf16) {}

  Float* f32 = nullptr;
  Half* bf16 = nullptr;

  explicit operator bool() const { return f32 != nullptr || bf16 != nullptr; }
  BasicReals at(int64_t offset) const {
    BasicReals moved;
    if (f32 != nullptr) moved.f32 = f32 + offset;
    if (bf16 != nullptr) moved.bf16 = bf16 + offset;
    return moved;
  }
};

using Reals = BasicReals<float, Bfloat16>;
using ConstReals = BasicReals<const float, const Bfloat16>;

}  // namespace nudge::kernels
