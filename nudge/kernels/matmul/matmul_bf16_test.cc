#include "nudge/kernels/matmul/matmul_bf16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nudge/base/cpu.h"
#include "nudge/base/random.h"
#include "nudge/kernels/matmul/emulated_tiles_test.h"
#include "nudge/kernels/matmul/tiled_bf16-inl.h"

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
// Ends of tiles of 6, 8, 12 and 16 rows and of 1 to 4 vectors of 16 columns, odd numbers of terms.
const Case kCases[] = {{1, 1, 1},     {6, 2, 64},   {7, 3, 65},   {12, 5, 16},   {13, 8, 17}, {25, 31, 33},
                       {5, 16, 48},   {17, 7, 50},  {64, 96, 24}, {3, 40, 96},   {11, 9, 15}, {100, 27, 32},
                       {30, 24, 144}, {48, 64, 48}, {33, 32, 16}, {70, 130, 80}, {16, 32, 32}};

// Which operand is the sum of two bfloat16 numbers.
enum class InTwo { kNone, kLeft, kRight };

struct Form {
  bool transposed = false, halves = false, accumulate = false, whole_tiles = false;
  InTwo in_two = InTwo::kNone;
};

// An operand's numbers, and what bfloat16 leaves of them where it is in two parts.
struct Operand {
  Operand(int64_t n, bool in_two, Random& random) : values(random_bfloat16(n, random)), low(values.size()) {
    if (!in_two) return;
    for (float& v : low) v = to_float(to_bfloat16(static_cast<float>(random.normal()) / 300.0f));
  }
  double at(int64_t i) const {
    return static_cast<double>(values[static_cast<size_t>(i)]) +
           static_cast<double>(low[static_cast<size_t>(i)]);
  }

  Floats values, low;
};

void expect_product(Gemm multiply, const Case& c, const Form& form) {
  SCOPED_TRACE(std::to_string(c.rows) + "x" + std::to_string(c.terms) + "x" + std::to_string(c.columns) +
               (form.transposed ? " transposed" : "") + (form.halves ? " to bfloat16" : "") +
               (form.accumulate ? " added" : "") + (form.in_two == InTwo::kLeft ? " left in two" : "") +
               (form.in_two == InTwo::kRight ? " right in two" : "") + ", seed 5");
  Random random(5);
  const Operand a(c.rows * c.terms, form.in_two == InTwo::kLeft, random);
  // The kernel (terms, columns), or for a product with a transpose (columns, terms).
  const Operand b(c.terms * c.columns, form.in_two == InTwo::kRight, random);
  const int64_t pairs = pair_count(c.terms);
  const int64_t pitch = 2 * (form.whole_tiles ? in_whole_tiles(pairs) : pairs);
  const auto rows_of = [&](const Floats& values) {
    std::vector<Bfloat16> rows(static_cast<size_t>(c.rows * pitch));
    for (int64_t i = 0; i < c.rows; ++i) {
      for (int64_t t = 0; t < c.terms; ++t)
        rows[static_cast<size_t>(i * pitch + t)] = to_bfloat16(values[static_cast<size_t>(i * c.terms + t)]);
    }
    return rows;
  };
  const auto panels_of = [&](const Floats& values) {
    Panels panels;
    if (form.transposed) {
      panels.resize(pairs, c.columns);
      pack_transposed_pairs(values.data(), c.columns, c.terms, c.columns, panels.data());
    } else {
      pack_pairs(values.data(), c.terms, c.columns, panels);
    }
    return panels;
  };
  const std::vector<Bfloat16> left = rows_of(a.values), left_low = rows_of(a.low);
  const Panels right = panels_of(b.values), right_low = panels_of(b.low);
  const size_t size = static_cast<size_t>(c.rows * c.columns);
  Floats floats(size, 2.0f);
  std::vector<Bfloat16> rounded(size, to_bfloat16(2.0f));
  const auto words = [](const std::vector<Bfloat16>& halves) {
    return reinterpret_cast<const uint32_t*>(halves.data());
  };
  multiply({.rows = c.rows,
            .columns = c.columns,
            .pairs = pairs,
            .a = words(left),
            .a_row = pitch / 2,
            .a_in_whole_tiles = form.whole_tiles,
            .b = right.data(),
            .b_panel = right.panel(),
            .c = form.halves ? Reals(rounded.data()) : Reals(floats.data()),
            .c_row = c.columns,
            .accumulate = form.accumulate,
            .a_low = form.in_two == InTwo::kLeft ? words(left_low) : nullptr,
            .b_low = form.in_two == InTwo::kRight ? right_low.data() : nullptr});
  for (int64_t i = 0; i < c.rows; ++i) {
    for (int64_t j = 0; j < c.columns; ++j) {
      double sum = form.accumulate ? 2.0 : 0.0, magnitude = 1.0;
      for (int64_t t = 0; t < c.terms; ++t) {
        const double term =
            a.at(i * c.terms + t) * b.at(form.transposed ? j * c.terms + t : t * c.columns + j);
        sum += term;
        magnitude += std::abs(term);
      }
      const size_t at = static_cast<size_t>(i * c.columns + j);
      const double got = static_cast<double>(form.halves ? to_float(rounded[at]) : floats[at]);
      ASSERT_NEAR(got, sum, form.halves ? std::abs(sum) / 250 + 1e-5 * magnitude : 1e-6 * magnitude)
          << i << ", " << j;
    }
  }
}

void expect_products(Gemm multiply) {
  for (const Case& c : kCases) {
    for (const bool transposed : {false, true}) {
      for (const bool accumulate : {false, true}) {
        for (const bool whole_tiles : {false, true}) {
          const Form form{.transposed = transposed, .accumulate = accumulate, .whole_tiles = whole_tiles};
          expect_product(multiply, c, form);
          Form other = form;
          other.halves = true;
          expect_product(multiply, c, other);
          for (const InTwo in_two : {InTwo::kLeft, InTwo::kRight}) {
            Form two = form;
            two.in_two = in_two;
            expect_product(multiply, c, two);
          }
        }
      }
    }
  }
}

TEST(PairGemm, PortableMultiplies) { expect_products(matmul_bf16_portable); }

TEST(PairGemm, Avx512Multiplies) {
  if (!cpu_features().bf16) GTEST_SKIP() << "this processor has no AVX-512 BF16";
  expect_products(matmul_bf16_avx512);
}

TEST(PairGemm, AmxMultiplies) {
  if (!cpu_features().amx) GTEST_SKIP() << "this processor has no AMX";
  expect_products(matmul_bf16_amx);
}

void multiply_in_emulated_tiles(const Bf16Matmul& product) {
  EmulatedTiles tiles;
  matmul_bf16_in_tiles<EmulatedSums>(tiles, product);
}

TEST(PairGemm, EmulatedTilesMultiply) { expect_products(multiply_in_emulated_tiles); }

// Windows that overlap: row i begins `kStep` numbers after the one before it.
void expect_sums_in_places(void (*scatter)(const Bf16Scatter&)) {
  constexpr int64_t kGroup = 21, kGroups = 3, kStep = 5, kTerms = 40;
  Random random(6);
  for (const int64_t rows : {1, 16, 37, 64}) {
    const Floats a = random_bfloat16(rows * kTerms, random),
                 kernel = random_bfloat16(kGroups * kGroup * kTerms, random);
    std::vector<Bfloat16> left;
    for (const float v : a) left.push_back(to_bfloat16(v));
    const int64_t columns = in_whole_tiles(kGroup) * kGroups;
    Panels right;
    right.resize(pair_count(kTerms), columns);
    pack_transposed_pairs(kernel.data(), kGroups * kGroup, kTerms, kGroup, right.data());
    std::vector<int64_t> row_at;
    for (int64_t i = 0; i < rows; ++i) row_at.push_back(i * kStep);
    std::vector<Bf16Scatter::Panel> panels;
    for (int64_t group = 0; group < kGroups; ++group) {
      panels.push_back({group * 100, 16});
      panels.push_back({group * 100 + 16, kGroup - 16});
    }
    const size_t size = static_cast<size_t>(rows * kStep + kGroups * 100);
    Floats sums(size, 1.0f);
    std::vector<double> expected(size, 1.0), magnitude(size, 1.0);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < kGroups * kGroup; ++j) {
        for (int64_t t = 0; t < kTerms; ++t) {
          const double term = static_cast<double>(a[static_cast<size_t>(i * kTerms + t)]) *
                              static_cast<double>(kernel[static_cast<size_t>(j * kTerms + t)]);
          const size_t at = static_cast<size_t>(i * kStep + j / kGroup * 100 + j % kGroup);
          expected[at] += term;
          magnitude[at] += std::abs(term);
        }
      }
    }
    Bf16Scatter product{{.rows = rows,
                         .columns = columns,
                         .pairs = pair_count(kTerms),
                         .a = reinterpret_cast<const uint32_t*>(left.data()),
                         .a_row = kTerms / 2,
                         .b = right.data(),
                         .b_panel = right.panel()}};
    product.row_at = row_at.data();
    product.panels = panels.data();
    product.to = sums.data();
    scatter(product);
    for (size_t i = 0; i < size; ++i)
      ASSERT_NEAR(sums[i], expected[i], 1e-6 * magnitude[i]) << rows << ", " << i;
  }
}

TEST(PairGemm, AmxAddsToPlacesOfTheirOwn) {
  if (!cpu_features().amx) GTEST_SKIP() << "this processor has no AMX";
  expect_sums_in_places(scatter_bf16_amx);
}

TEST(PairGemm, EmulatedTilesAddToPlacesOfTheirOwn) {
  expect_sums_in_places([](const Bf16Scatter& product) {
    EmulatedTiles tiles;
    matmul_bf16_in_tiles<EmulatedScatter>(tiles, product);
  });
}

TEST(PairGemm, TheChosenOneMultiplies) { expect_products(matmul_bf16); }

}  // namespace
}  // namespace nudge::kernels
