#include "nudge/kernels/matmul/matmul_bf16.h"

#include <algorithm>

#include "nudge/base/cpu.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/matmul/matmul_f32.h"

namespace nudge::kernels {
namespace {

constexpr int64_t kGrain = 16384;

float first_of(uint32_t word) { return to_float({static_cast<uint16_t>(word)}); }
float second_of(uint32_t word) { return to_float({static_cast<uint16_t>(word >> 16)}); }

uint32_t word_of(float first, float second) {
  return to_bfloat16(first).bits | static_cast<uint32_t>(to_bfloat16(second).bits) << 16;
}

}  // namespace

void matmul_bf16(const Bf16Matmul& product) {
  static const bool fast = cpu_features().bf16;
  (fast ? matmul_bf16_avx512 : matmul_bf16_portable)(product);
}

void matmul_bf16_portable(const Bf16Matmul& g) {
  const int64_t terms = 2 * g.pairs;
  float* a = scratch_floats(Scratch::kPairs, (g.rows + g.columns) * terms + g.rows * g.columns);
  float* b = a + g.rows * terms;
  float* sums = b + g.columns * terms;
  for (int64_t i = 0; i < g.rows; ++i) {
    for (int64_t p = 0; p < g.pairs; ++p) {
      const uint32_t word = g.a[i * g.a_row + p * g.a_pair];
      a[i * terms + 2 * p] = first_of(word);
      a[i * terms + 2 * p + 1] = second_of(word);
    }
  }
  for (int64_t p = 0; p < g.pairs; ++p) {
    for (int64_t j = 0; j < g.columns; ++j) {
      const uint32_t word = g.b[p * g.b_pair + j];
      b[2 * p * g.columns + j] = first_of(word);
      b[(2 * p + 1) * g.columns + j] = second_of(word);
    }
  }
  matmul_f32(false, false, g.rows, g.columns, terms, a, terms, b, g.columns, 0.0f, sums, g.columns);
  for (int64_t i = 0; i < g.rows; ++i) {
    for (int64_t j = 0; j < g.columns; ++j) {
      const int64_t at = i * g.c_row + j;
      const float sum = sums[i * g.columns + j];
      if (g.c.f32 != nullptr) {
        g.c.f32[at] = sum + (g.accumulate ? g.c.f32[at] : 0.0f);
      } else {
        g.c.bf16[at] = to_bfloat16(sum + (g.accumulate ? to_float(g.c.bf16[at]) : 0.0f));
      }
    }
  }
}

void pack_pairs(const float* values, int64_t k, int64_t n, uint32_t* words) {
  parallel_for(pair_count(k), std::max<int64_t>(1, kGrain / n), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const float* first = values + 2 * p * n;
      const float* second = 2 * p + 1 < k ? first + n : nullptr;
      for (int64_t j = 0; j < n; ++j) {
        words[p * n + j] = word_of(first[j], second == nullptr ? 0.0f : second[j]);
      }
    }
  });
}

void pack_transposed_pairs(const float* values, int64_t k, int64_t n, uint32_t* words) {
  // Rows a few at a time, so that each line of words is filled while it is in cache.
  constexpr int64_t kRows = 16;
  parallel_for((k + kRows - 1) / kRows, std::max<int64_t>(1, kGrain / n / kRows),
               [&](int64_t begin, int64_t end) {
                 for (int64_t block = begin; block < end; ++block) {
                   for (int64_t p = 0; p < pair_count(n); ++p) {
                     for (int64_t i = block * kRows; i < std::min(k, (block + 1) * kRows); ++i) {
                       const float* pair = values + i * n + 2 * p;
                       words[p * k + i] = word_of(pair[0], 2 * p + 1 < n ? pair[1] : 0.0f);
                     }
                   }
                 }
               });
}

}  // namespace nudge::kernels
