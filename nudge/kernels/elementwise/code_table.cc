#include "nudge/kernels/elementwise/code_table.h"

#include <atomic>

#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/parts.h"

namespace nudge::kernels {
namespace {

constexpr int64_t kGrain = kPartFloats;

float load(const float* p) { return *p; }
float load(const Bfloat16* p) { return to_float(*p); }
void store(float x, float* p) { *p = x; }
void store(float x, Bfloat16* p) { *p = to_bfloat16(x); }

template <class T>
void map(const uint8_t* codes, int64_t n, const CodeTable<T>& table, T* y) {
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
    const CodeTable<T> own = table;  // stores of bytes may alias anything else
    const uint8_t* from = codes;
    T* to = y;
    for (int64_t i = begin; i < end; ++i) to[i] = own[from[i]];
  });
}

template <class T>
void scale(const uint8_t* codes, int64_t n, const CodeTable<float>& slopes, const T* dy, T* dx) {
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) store(load(dy + i) * slopes[codes[i]], dx + i);
  });
}

}  // namespace

CodeTable<float> values_of_codes(const Grid& grid) {
  CodeTable<float> values{};
  for (int code = 0; code < 256; ++code) {
    values[static_cast<size_t>(code)] = static_cast<float>(code - grid.zero_point) * grid.scale;
  }
  return values;
}

CodeTable<bool> codes_among(const uint8_t* codes, int64_t n) {
  std::array<std::atomic<bool>, 256> found{};
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
    CodeTable<bool> here{};
    const uint8_t* from = codes;
    for (int64_t i = begin; i < end; ++i) here[from[i]] = true;
    for (size_t code = 0; code < 256; ++code) {
      if (here[code]) found[code] = true;
    }
  });
  CodeTable<bool> among{};
  for (size_t code = 0; code < 256; ++code) among[code] = found[code];
  return among;
}

void look_up(const uint8_t* codes, int64_t n, const CodeTable<uint8_t>& table, uint8_t* y) {
  map(codes, n, table, y);
}

void look_up(const uint8_t* codes, int64_t n, const CodeTable<float>& table, const Reals& y) {
  if (y.bf16 == nullptr) return map(codes, n, table, y.f32);
  CodeTable<Bfloat16> halves{};
  for (size_t code = 0; code < 256; ++code) halves[code] = to_bfloat16(table[code]);
  map(codes, n, halves, y.bf16);
}

void look_up_gradient(const uint8_t* codes, int64_t n, const CodeTable<float>& slopes, const ConstReals& dy,
                      const Reals& dx) {
  dy.bf16 != nullptr ? scale(codes, n, slopes, dy.bf16, dx.bf16) : scale(codes, n, slopes, dy.f32, dx.f32);
}

}  // namespace nudge::kernels
