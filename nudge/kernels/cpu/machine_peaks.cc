#include "nudge/kernels/cpu/machine_peaks.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "nudge/base/cpu.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/convolution/multiply_rows.h"
#include "nudge/kernels/matmul/matmul_bf16.h"
#include "nudge/kernels/matmul/matmul_f32.h"

namespace nudge::kernels {
namespace {

// The least seconds that one call of `work` took.  The first call only warms up.
template <class Work>
double least_seconds(const Work& work) {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  constexpr double kEnough = 0.06;
  constexpr int kFewest = 3;
  work();
  double least = 1e9;
  const auto begin = Clock::now();
  for (int call = 0; call < kFewest || seconds_since(begin) < kEnough; ++call) {
    const auto start = Clock::now();
    work();
    least = std::min(least, seconds_since(start));
  }
  return least;
}

// Large enough to hide what is around the product, small enough to stay in a second-level cache's reach.
constexpr int64_t kSide = 768;
constexpr double kProductOperations = 2.0 * kSide * kSide * kSide;

double float_product_rate() {
  const std::vector<float> a(kSide * kSide, 0.5f), b(kSide * kSide, 0.25f);
  std::vector<float> c(kSide * kSide);
  const double seconds = least_seconds([&] {
    matmul_f32(false, false, kSide, kSide, kSide, a.data(), kSide, b.data(), kSide, 0.0f, c.data(), kSide);
  });
  return kProductOperations / seconds / 1e9;
}

// With the left operand in two parts, or in one.
double bfloat16_product_rate(bool in_two) {
  constexpr int64_t kPairs = kSide / 2;
  const std::vector<uint32_t> a(kSide * kPairs, 0x3f003f00);
  Panels b;
  b.resize(kPairs, kSide);
  std::fill_n(b.data(), kPairs * kSide, 0x3e803e80);
  std::vector<float> c(kSide * kSide);
  const double seconds = least_seconds([&] {
    parallel_for(kSide, kTileRows, [&](int64_t begin, int64_t end) {
      matmul_bf16({.rows = end - begin,
                   .columns = kSide,
                   .pairs = kPairs,
                   .a = a.data() + begin * kPairs,
                   .a_row = kPairs,
                   .b = b.data(),
                   .b_panel = b.panel(),
                   .c = c.data() + begin * kSide,
                   .c_row = kSide,
                   .a_low = in_two ? a.data() + begin * kPairs : nullptr});
    });
  });
  return kProductOperations / seconds / 1e9;
}

double integer_product_rate() {
  const std::vector<uint8_t> a(kSide * kSide, 5);
  std::vector<float> steps(kSide * kSide, 3.0f);
  const std::vector<Grid> grids(kSide, symmetric_grid(127.0f));
  Int8Weights weights;
  weights.quantize(steps.data(), grids.data(), kSide, kSide, steps.data());
  std::vector<float> c(kSide * kSide);
  const double seconds =
      least_seconds([&] { multiply_rows_int8(kSide, kSide, a.data(), kSide, 2, weights, c.data()); });
  return kProductOperations / seconds / 1e9;
}

// Far beyond the last cache where its size is known, and beyond most where it is not.
int64_t bytes_beyond_caches() {
  constexpr int64_t kLeast = 64 << 20, kMost = 256 << 20;
  return std::clamp<int64_t>(4 * sysconf(_SC_LEVEL3_CACHE_SIZE), kLeast, kMost);
}

// In place, so that no line is fetched only to be overwritten: every byte counted is one moved.
double memory_rate() {
  std::vector<float> values(static_cast<size_t>(bytes_beyond_caches()) / sizeof(float), 1.0f);
  const auto n = static_cast<int64_t>(values.size());
  const double seconds = least_seconds([&] {
    parallel_for(n, 1 << 16, [&](int64_t begin, int64_t end) {
      float* data = values.data();
      for (int64_t i = begin; i < end; ++i) data[i] = 1.0f - data[i];
    });
  });
  return 2.0 * sizeof(float) * static_cast<double>(n) / seconds / 1e9;
}

}  // namespace

MachinePeaks measure_machine_peaks() {
  return {.f32_gflops = float_product_rate(),
          .bf16_gflops = cpu_features().bf16 ? bfloat16_product_rate(false) : 0.0,
          .int8_gops = integer_products_are_fast() ? integer_product_rate() : 0.0,
          .two_bf16_gflops = cpu_features().amx ? bfloat16_product_rate(true) : 0.0,
          .memory_gbs = memory_rate()};
}

}  // namespace nudge::kernels
