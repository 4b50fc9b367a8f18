// Rounding to a grid, to codes and back, on an activation of MobileNetV2 (batch 16, 112 x 112 x 96) and on
// one that stays in the caches.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "nudge/kernels/channels/min_max.h"
#include "nudge/kernels/elementwise/fake_quant.h"

namespace {

using nudge::kernels::Grid;

constexpr int64_t kLarge = int64_t{16} * 112 * 112 * 96;
constexpr int64_t kSmall = int64_t{7} * 7 * 320;

std::vector<float> values(int64_t n) {
  std::vector<float> result(static_cast<size_t>(n));
  for (size_t i = 0; i < result.size(); ++i) result[i] = static_cast<float>(i % 1009) * 0.01f - 2.0f;
  return result;
}

const Grid& grid() {
  static const Grid six = nudge::kernels::nudge_range(0.0f, 6.0f);
  return six;
}

// `bytes`: read and written for each element.
void count_bytes(benchmark::State& state, int64_t bytes) {
  state.SetBytesProcessed(state.iterations() * state.range(0) * bytes);
}

void fake_quantize(benchmark::State& state) {
  const auto x = values(state.range(0));
  std::vector<float> y(x.size());
  for (auto _ : state) nudge::kernels::fake_quantize(x.data(), state.range(0), grid(), y.data());
  count_bytes(state, 8);
}

void fake_quantize_gradient(benchmark::State& state) {
  const auto x = values(state.range(0));
  std::vector<float> dx(x.size());
  for (auto _ : state) {
    nudge::kernels::fake_quantize_gradient(x.data(), x.data(), state.range(0), grid(), dx.data());
  }
  count_bytes(state, 12);
}

void quantize(benchmark::State& state) {
  const auto x = values(state.range(0));
  std::vector<uint8_t> codes(x.size());
  for (auto _ : state) nudge::kernels::quantize(x.data(), state.range(0), grid(), codes.data());
  count_bytes(state, 5);
}

void dequantize(benchmark::State& state) {
  const std::vector<uint8_t> codes(static_cast<size_t>(state.range(0)), 77);
  std::vector<float> y(codes.size());
  for (auto _ : state) nudge::kernels::dequantize(codes.data(), state.range(0), grid(), y.data());
  count_bytes(state, 5);
}

void range_of(benchmark::State& state) {
  const auto x = values(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(nudge::kernels::min_max_of(x.data(), state.range(0)));
  count_bytes(state, 4);
}

BENCHMARK(fake_quantize)->Arg(kSmall)->Arg(kLarge)->UseRealTime();
BENCHMARK(fake_quantize_gradient)->Arg(kSmall)->Arg(kLarge)->UseRealTime();
BENCHMARK(quantize)->Arg(kSmall)->Arg(kLarge)->UseRealTime();
BENCHMARK(dequantize)->Arg(kSmall)->Arg(kLarge)->UseRealTime();
BENCHMARK(range_of)->Arg(kSmall)->Arg(kLarge)->UseRealTime();

}  // namespace
