#include "nudge/kernels/matmul/matmul_bf16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nudge/base/cpu.h"
#include "nudge/base/random.h"

namespace nudge::kernels {
namespace {

using Floats = std::vector<float>;

Floats random_bfloat16(int64_t n, Random& random) {
  Floats values(static_cast<size_t>(n));
  for (float& v : values) v = to_float(to_bfloat16(static_cast<float>(random.normal())));
  return values;
}

using Gemm = void (*)(const Bf16Matmul&);

struct Case {
  int64_t rows, terms, columns;
};
// Ends of tiles of 6, 8 and 12 rows and of 1 to 4 vectors of 16 columns, odd numbers of terms.
const Case kCases[] = {{1, 1, 1},    {6, 2, 64},    {7, 3, 65},   {12, 5, 16},  {13, 8, 17},
                       {25, 31, 33}, {5, 16, 48},   {17, 7, 50},  {64, 96, 24}, {3, 40, 96},
                       {11, 9, 15},  {100, 27, 32}, {30, 24, 144}};

void expect_product(Gemm matmul_f32, const Case& c, bool transposed, bool halves, bool accumulate) {
  SCOPED_TRACE(std::to_string(c.rows) + "x" + std::to_string(c.terms) + "x" + std::to_string(c.columns) +
               (transposed ? " transposed" : "") + (halves ? " to bfloat16" : "") + ", seed 5");
  Random random(5);
  const Floats a = random_bfloat16(c.rows * c.terms, random);
  // The kernel (terms, columns), or for a product with a transpose (columns, terms).
  const Floats b = random_bfloat16(c.terms * c.columns, random);
  const int64_t pairs = pair_count(c.terms), pitch = 2 * pairs;
  std::vector<Bfloat16> left(static_cast<size_t>(c.rows * pitch));
  for (int64_t i = 0; i < c.rows; ++i) {
    for (int64_t t = 0; t < c.terms; ++t)
      left[static_cast<size_t>(i * pitch + t)] = to_bfloat16(a[static_cast<size_t>(i * c.terms + t)]);
  }
  std::vector<uint32_t> right(static_cast<size_t>(pairs * c.columns));
  if (transposed) {
    pack_transposed_pairs(b.data(), c.columns, c.terms, right.data());
  } else {
    pack_pairs(b.data(), c.terms, c.columns, right.data());
  }
  const size_t size = static_cast<size_t>(c.rows * c.columns);
  Floats floats(size, 2.0f);
  std::vector<Bfloat16> rounded(size, to_bfloat16(2.0f));
  matmul_f32({.rows = c.rows,
              .columns = c.columns,
              .pairs = pairs,
              .a = reinterpret_cast<const uint32_t*>(left.data()),
              .a_row = pitch / 2,
              .b = right.data(),
              .b_pair = c.columns,
              .c = halves ? Reals(rounded.data()) : Reals(floats.data()),
              .c_row = c.columns,
              .accumulate = accumulate});
  for (int64_t i = 0; i < c.rows; ++i) {
    for (int64_t j = 0; j < c.columns; ++j) {
      double sum = accumulate ? 2.0 : 0.0, magnitude = 1.0;
      for (int64_t t = 0; t < c.terms; ++t) {
        const int64_t at = transposed ? j * c.terms + t : t * c.columns + j;
        const double term = static_cast<double>(a[static_cast<size_t>(i * c.terms + t)]) *
                            static_cast<double>(b[static_cast<size_t>(at)]);
        sum += term;
        magnitude += std::abs(term);
      }
      const size_t at = static_cast<size_t>(i * c.columns + j);
      const double got = static_cast<double>(halves ? to_float(rounded[at]) : floats[at]);
      ASSERT_NEAR(got, sum, halves ? std::abs(sum) / 250 + 1e-5 * magnitude : 1e-6 * magnitude)
          << i << ", " << j;
    }
  }
}

void expect_products(Gemm matmul_f32) {
  for (const Case& c : kCases) {
    for (const bool transposed : {false, true}) {
      for (const bool halves : {false, true}) {
        for (const bool accumulate : {false, true})
          expect_product(matmul_f32, c, transposed, halves, accumulate);
      }
    }
  }
}

TEST(PairGemm, PortableMultiplies) { expect_products(matmul_bf16_portable); }

TEST(PairGemm, Avx512Multiplies) {
  if (!cpu_features().bf16) GTEST_SKIP() << "this processor has no AVX-512 BF16";
  expect_products(matmul_bf16_avx512);
}

TEST(PairGemm, TheChosenOneMultiplies) { expect_products(matmul_bf16); }

}  // namespace
}  // namespace nudge::kernels
