#include "nudge/kernels/matmul/matmul_bf16.h"

#include <algorithm>

#include "nudge/base/cpu.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/matmul/matmul_f32.h"
#include "nudge/kernels/matmul/transpose_pairs.h"

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
  static const auto best = cpu_features().amx    ? matmul_bf16_amx
                           : cpu_features().bf16 ? matmul_bf16_avx512
                                                 : matmul_bf16_portable;
  best(product);
}

void matmul_bf16_portable(const Bf16Matmul& g) {
  const int64_t terms = 2 * g.pairs;
  float* a = scratch_floats(Scratch::kPairs, (g.rows + g.columns) * terms + g.rows * g.columns);
  float* b = a + g.rows * terms;
  float* sums = b + g.columns * terms;
  const auto widen_pair = [](const uint32_t* words, const uint32_t* low, int64_t at, float& first,
                             float& second) {
    first = first_of(words[at]) + (low == nullptr ? 0.0f : first_of(low[at]));
    second = second_of(words[at]) + (low == nullptr ? 0.0f : second_of(low[at]));
  };
  for (int64_t i = 0; i < g.rows; ++i) {
    for (int64_t p = 0; p < g.pairs; ++p) {
      float* to = a + i * terms + 2 * p;
      widen_pair(g.a, g.a_low, i * g.a_row + p, to[0], to[1]);
    }
  }
  for (int64_t p = 0; p < g.pairs; ++p) {
    float* to = b + 2 * p * g.columns;
    for (int64_t j = 0; j < g.columns; ++j) {
      const int64_t at = in_panels(j, g.b_panel) + p * kPanelColumns;
      widen_pair(g.b, g.b_low, at, to[j], to[g.columns + j]);
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

void pack_pairs(const float* values, int64_t k, int64_t n, Panels& panels) {
  panels.resize(pair_count(k), n);
  parallel_for(pair_count(k), std::max<int64_t>(1, kGrain / n), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const float* first = values + 2 * p * n;
      const float* second = 2 * p + 1 < k ? first + n : nullptr;
      uint32_t* words = panels.data() + p * kPanelColumns;
      for (int64_t j = 0; j < n; ++j) {
        words[in_panels(j, panels.panel())] = word_of(first[j], second == nullptr ? 0.0f : second[j]);
      }
    }
  });
}

void pack_transposed_pairs(const float* values, int64_t k, int64_t n, int64_t group, uint32_t* words) {
  const int64_t panels = (group + kPanelColumns - 1) / kPanelColumns, panel = panel_words(pair_count(n));
  parallel_for(k / group * panels, std::max<int64_t>(1, kGrain / n / kPanelColumns),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {
                   const int64_t in_group = i % panels * kPanelColumns;
                   const int64_t first = i / panels * group + in_group;
                   pack_transposed_panel(values + first * n, std::min(kPanelColumns, group - in_group), n,
                                         words + i * panel);
                 }
               });
}

}  // namespace nudge::kernels
