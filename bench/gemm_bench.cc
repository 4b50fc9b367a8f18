// The matrix products of MobileNetV2's pointwise convolutions (224 x 224, batch 16): forward in floats and in
// integers, and the two of backward.
#include <benchmark/benchmark.h>

#include <set>
#include <string>
#include <vector>

#include "mobilenet_v2_chain.h"
#include "nudge/base/cpu.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/convolution/multiply_rows.h"
#include "nudge/kernels/matmul/matmul_bf16.h"
#include "nudge/kernels/matmul/matmul_f32.h"

namespace {

using nudge::kernels::matmul_f32;

constexpr int64_t kBatch = 16;

struct Shape {
  int64_t rows, in, out;
};

void count_flops(benchmark::State& state, const Shape& shape) {
  const auto flops = 2.0 * static_cast<double>(shape.rows * shape.in * shape.out);
  state.counters["flops"] = benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
}

template <class T>
std::vector<T> filled(int64_t n, T value) {
  return std::vector<T>(static_cast<size_t>(n), value);
}

void forward(benchmark::State& state, const Shape& s) {
  const auto x = filled(s.rows * s.in, 0.5f), w = filled(s.in * s.out, 0.25f);
  auto y = filled(s.rows * s.out, 0.0f);
  for (auto _ : state) {
    matmul_f32(false, false, s.rows, s.out, s.in, x.data(), s.in, w.data(), s.out, 0.0f, y.data(), s.out);
  }
  count_flops(state, s);
}

void integer_forward(benchmark::State& state, const Shape& s) {
  const auto x = filled<uint8_t>(s.rows * s.in, 5);
  auto w = filled(s.in * s.out, 3.0f);
  auto y = filled(s.rows * s.out, 0.0f);
  const std::vector<nudge::kernels::Grid> grids(static_cast<size_t>(s.out),
                                                nudge::kernels::symmetric_grid(127.0f));
  nudge::kernels::Int8Weights weights;
  weights.quantize(w.data(), grids.data(), s.in, s.out, w.data());
  for (auto _ : state) {
    nudge::kernels::multiply_rows_int8(s.rows, s.in, x.data(), s.in, 3, weights, y.data());
  }
  count_flops(state, s);
}

// As a block's backward has it: one product a chunk, in as many parts as there are threads.
void bfloat16_input_gradient(benchmark::State& state, const Shape& s) {
  using nudge::kernels::pair_count;
  const auto dy = filled<uint32_t>(s.rows * pair_count(s.out), 0x3f003f00);
  const auto w = filled(s.in * s.out, 0.25f);
  nudge::kernels::Panels panels;
  panels.resize(pair_count(s.out), s.in);
  nudge::kernels::pack_transposed_pairs(w.data(), s.in, s.out, s.in, panels.data());
  std::vector<nudge::kernels::Bfloat16> dx(static_cast<size_t>(s.rows * s.in));
  for (auto _ : state) {
    nudge::parallel_for(s.rows, 48, [&](int64_t begin, int64_t end) {
      nudge::kernels::matmul_bf16({.rows = end - begin,
                                   .columns = s.in,
                                   .pairs = pair_count(s.out),
                                   .a = dy.data() + begin * pair_count(s.out),
                                   .a_row = pair_count(s.out),
                                   .b = panels.data(),
                                   .b_panel = panels.panel(),
                                   .c = dx.data() + begin * s.in,
                                   .c_row = s.in});
    });
  }
  count_flops(state, s);
}

void input_gradient(benchmark::State& state, const Shape& s) {
  const auto dy = filled(s.rows * s.out, 0.5f), w = filled(s.in * s.out, 0.25f);
  auto dx = filled(s.rows * s.in, 0.0f);
  for (auto _ : state) {
    matmul_f32(false, true, s.rows, s.in, s.out, dy.data(), s.out, w.data(), s.out, 0.0f, dx.data(), s.in);
  }
  count_flops(state, s);
}

void kernel_gradient(benchmark::State& state, const Shape& s) {
  const auto x = filled(s.rows * s.in, 0.5f), dy = filled(s.rows * s.out, 0.25f);
  auto dw = filled(s.in * s.out, 0.0f);
  for (auto _ : state) {
    matmul_f32(true, false, s.in, s.out, s.rows, x.data(), s.in, dy.data(), s.out, 0.0f, dw.data(), s.out);
  }
  count_flops(state, s);
}

void register_all() {
  std::set<std::string> seen;
  for (const nudge::bench::NamedBlock& block : nudge::bench::mobilenet_v2_blocks(224, false)) {
    const auto& o = block.options;
    const bool pointwise = o.product == nudge::kernels::BlockProduct::kConv2D && o.kernel_height == 1;
    if (!pointwise || !seen.insert(block.name).second) continue;
    const Shape shape{kBatch * o.in_height * o.in_width, o.in_channels, o.out_channels};
    const auto add = [&](const std::string& kind, void (*run)(benchmark::State&, const Shape&)) {
      benchmark::RegisterBenchmark((kind + "/" + block.name).c_str(), run, shape)
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    };
    add("forward", forward);
    if (nudge::kernels::integer_products_are_fast()) add("integer_forward", integer_forward);
    if (nudge::cpu_features().bf16) add("bfloat16_input_gradient", bfloat16_input_gradient);
    add("input_gradient", input_gradient);
    add("kernel_gradient", kernel_gradient);
  }
}

const bool kRegistered = (register_all(), true);

}  // namespace
