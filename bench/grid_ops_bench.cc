// Addition and pooling between blocks, on codes and on floats: MobileNetV2's largest addition and its global
// pooling, and the small CNN's first pooling (batch 16).
#include <benchmark/benchmark.h>

#include <vector>

#include "nudge/kernels/elementwise/add.h"
#include "nudge/kernels/pooling/pool.h"

namespace {

using nudge::kernels::Operand;
using nudge::kernels::Pool;

constexpr int64_t kBatch = 16;
constexpr int64_t kAdded = kBatch * 56 * 56 * 24;
constexpr Pool kMax{.batch = kBatch, .in_height = 64, .in_width = 64, .channels = 32};
constexpr Pool kGlobal{.batch = kBatch,
                       .in_height = 7,
                       .in_width = 7,
                       .channels = 1280,
                       .pool_height = 7,
                       .pool_width = 7,
                       .stride_height = 7,
                       .stride_width = 7};

// Floats and codes of one size, either of which can be an operand.
struct Tensor {
  explicit Tensor(int64_t n) : floats(static_cast<size_t>(n)), codes(floats.size()) {
    for (size_t i = 0; i < floats.size(); ++i) {
      codes[i] = static_cast<uint8_t>(i * 2654435761u >> 24);
      floats[i] = static_cast<float>(codes[i]) * 0.02f;
    }
  }
  Operand operand(bool coded) const {
    if (coded) return {.codes = codes.data(), .grid = grid};
    return {.values = floats.data()};
  }

  std::vector<float> floats;
  std::vector<uint8_t> codes;
  nudge::kernels::Grid grid = nudge::kernels::nudge_range(-3.0f, 3.0f);
};

void count_elements(benchmark::State& state, int64_t n) { state.SetItemsProcessed(state.iterations() * n); }

// With the range that the output's quantizer follows, as a training step does.
void add(benchmark::State& state, bool coded) {
  const Tensor a(kAdded), b(kAdded);
  Tensor y(kAdded);
  for (auto _ : state) {
    if (coded) {
      benchmark::DoNotOptimize(nudge::kernels::add_range(a.operand(true), b.operand(true), kAdded));
      nudge::kernels::add(a.operand(true), b.operand(true), kAdded, {}, y.grid, y.codes.data());
    } else {
      nudge::kernels::add(a.operand(false), b.operand(false), kAdded, {}, y.floats.data());
    }
  }
  count_elements(state, kAdded);
}

void add_gradient(benchmark::State& state, bool coded) {
  const Tensor a(kAdded), b(kAdded), dy(kAdded);
  Tensor dx(kAdded);
  for (auto _ : state) {
    nudge::kernels::add_gradient(a.operand(coded), b.operand(coded), dy.floats.data(), kAdded, {},
                                 coded ? &a.grid : nullptr, dx.floats.data());
  }
  count_elements(state, kAdded);
}

void max_pool(benchmark::State& state, bool coded) {
  const Tensor x(kMax.in_size());
  Tensor y(kMax.out_size());
  for (auto _ : state) {
    if (coded) {
      nudge::kernels::max_pool(kMax, x.codes.data(), y.codes.data());
    } else {
      nudge::kernels::max_pool(kMax, x.floats.data(), y.floats.data());
    }
  }
  count_elements(state, kMax.in_size());
}

void max_pool_gradient(benchmark::State& state, bool coded) {
  const Tensor x(kMax.in_size()), dy(kMax.out_size());
  Tensor dx(kMax.in_size());
  for (auto _ : state) {
    if (coded) {
      nudge::kernels::max_pool_gradient(kMax, x.codes.data(), dy.floats.data(), dx.floats.data());
    } else {
      nudge::kernels::max_pool_gradient(kMax, x.floats.data(), dy.floats.data(), dx.floats.data());
    }
  }
  count_elements(state, kMax.in_size());
}

void global_average_pool(benchmark::State& state, bool coded) {
  const Tensor x(kGlobal.in_size());
  Tensor y(kGlobal.out_size());
  for (auto _ : state) nudge::kernels::average_pool(kGlobal, x.operand(coded), y.floats.data());
  count_elements(state, kGlobal.in_size());
}

BENCHMARK_CAPTURE(add, codes, true)->UseRealTime();
BENCHMARK_CAPTURE(add, floats, false)->UseRealTime();
BENCHMARK_CAPTURE(add_gradient, codes, true)->UseRealTime();
BENCHMARK_CAPTURE(add_gradient, floats, false)->UseRealTime();
BENCHMARK_CAPTURE(max_pool, codes, true)->UseRealTime();
BENCHMARK_CAPTURE(max_pool, floats, false)->UseRealTime();
BENCHMARK_CAPTURE(max_pool_gradient, codes, true)->UseRealTime();
BENCHMARK_CAPTURE(max_pool_gradient, floats, false)->UseRealTime();
BENCHMARK_CAPTURE(global_average_pool, codes, true)->UseRealTime();
BENCHMARK_CAPTURE(global_average_pool, floats, false)->UseRealTime();

}  // namespace
