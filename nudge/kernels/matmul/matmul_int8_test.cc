// Products of codes on processors with VNNI, against sums written out, in every form that they leave in.
#include "nudge/kernels/matmul/matmul_int8.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "nudge/base/cpu.h"
#include "nudge/base/random.h"
#include "nudge/kernels/matmul/emulated_tiles_test.h"
#include "nudge/kernels/matmul/tiled_int8-inl.h"

namespace nudge::kernels {
namespace {

using Floats = std::vector<float>;

struct Case {
  int64_t rows, terms, columns;
};
// Ends of tiles of 6, 8, 12 and 16 rows and of 1 to 4 vectors of 16 columns; quads and tiles that are not
// whole.
const Case kCases[] = {{1, 4, 1},    {6, 2, 64},    {7, 3, 65},    {12, 5, 16},  {13, 8, 17},
                       {25, 31, 33}, {5, 16, 48},   {17, 7, 50},   {64, 96, 24}, {3, 40, 96},
                       {11, 9, 15},  {100, 27, 32}, {30, 24, 144}, {48, 64, 48}, {32, 128, 32},
                       {33, 65, 16}, {70, 300, 80}, {96, 1200, 40}};

// One case with its true sums.
struct Product {
  explicit Product(const Case& c) : rows(c.rows), columns(c.columns), pitch((c.terms + 3) / 4 * 4) {
    Random random(11);
    codes.resize(static_cast<size_t>(rows * pitch));
    for (uint8_t& code : codes) code = static_cast<uint8_t>(random.below(256));
    Floats steps(static_cast<size_t>(c.terms * columns));
    for (float& step : steps) step = static_cast<float>(random.below(255)) - 127.0f;
    // Of scale 1, so that the whole numbers stay themselves.
    const std::vector<Grid> grids(static_cast<size_t>(columns), symmetric_grid(127.0f));
    Floats quantized(steps.size());
    weights.quantize(steps.data(), grids.data(), c.terms, columns, quantized.data());
    EXPECT_EQ(quantized, steps);
    sums.resize(size());
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        int64_t sum = 0;
        for (int64_t t = 0; t < c.terms; ++t) {
          sum += (codes[static_cast<size_t>(i * pitch + t)] - kZero) *
                 static_cast<int64_t>(steps[static_cast<size_t>(t * columns + j)]);
        }
        sums[static_cast<size_t>(i * columns + j)] = static_cast<float>(sum);
      }
    }
  }

  size_t size() const { return static_cast<size_t>(rows * columns); }
  Int8Matmul matmul(const MatmulOutput& out) const {
    return {.rows = rows,
            .a = codes.data(),
            .a_row = pitch,
            .zero = kZero,
            .weights = &weights,
            .last_column = columns,
            .c = out};
  }

  static constexpr int kZero = 131;
  int64_t rows, columns, pitch;
  std::vector<uint8_t> codes;
  Int8Weights weights;
  Floats sums;
};

struct Way {
  const char* name;
  void (*multiply)(const Int8Matmul&);
  bool CpuFeatures::*needs;
};
const Way kWays[] = {{"Vnni", matmul_int8_vnni, &CpuFeatures::vnni},
                     {"Amx", matmul_int8_amx, &CpuFeatures::amx},
                     {"Chosen", matmul_int8, &CpuFeatures::vnni}};

class QuadGemm : public ::testing::TestWithParam<std::tuple<Case, Way>> {
 protected:
  void SetUp() override {
    if (!(cpu_features().*way().needs)) GTEST_SKIP() << "not on this processor";
  }
  const Case& shape() const { return std::get<0>(GetParam()); }
  const Way& way() const { return std::get<1>(GetParam()); }
  void multiply(const Product& product, const MatmulOutput& out) const {
    way().multiply(product.matmul(out));
  }
};

TEST_P(QuadGemm, GivesSumsAsFloats) {
  const Product product(shape());
  Floats floats(product.size());
  multiply(product, floats.data());
  EXPECT_EQ(floats, product.sums);
}

TEST_P(QuadGemm, GivesCodesThatApplyRowsWouldGive) {
  const Product product(shape());
  Random random(12);
  const auto floats = [&](double scale) {
    Floats values(static_cast<size_t>(product.columns));
    for (float& value : values) value = static_cast<float>(random.normal() * scale);
    return values;
  };
  const Floats shift = floats(1000), gain = floats(1e-4), offset = floats(1);
  const Grid grid = nudge_range(-0.7f, 5.1f);
  const ActivationLimits limits({.relu = true, .max_value = 6.0f}, &grid);
  const CodesApply apply{{shift.data(), gain.data(), offset.data()}, limits.low, limits.high, grid};
  std::vector<uint8_t> codes(product.size()), expected(product.size());
  MatmulOutput out;
  out.codes = codes.data();
  out.apply = &apply;
  multiply(product, out);
  apply_rows(product.sums.data(), product.rows, product.columns, apply.affine, limits, &grid, Reals{},
             expected.data());
  EXPECT_EQ(codes, expected);
}

TEST_P(QuadGemm, GathersStatisticsOnTheWay) {
  const Product product(shape());
  const size_t n = static_cast<size_t>(product.columns);
  const Floats shift(product.sums.begin(), product.sums.begin() + product.columns);
  for (const bool halves : {false, true}) {
    Floats sum(n, 1.0f), square(n, 2.0f), min(n, 1e9f), max(n, -1e9f);
    const ChannelStatistics statistics{shift.data(), sum.data(), square.data(), min.data(), max.data()};
    Floats floats(product.size());
    std::vector<Bfloat16> rounded(product.size());
    MatmulOutput out;
    if (halves) {
      out.halves = rounded.data();
    } else {
      out.floats = floats.data();
    }
    out.statistics = &statistics;
    multiply(product, out);
    for (size_t i = 0; i < product.size(); ++i) {
      const float written = halves ? to_float(rounded[i]) : floats[i];
      ASSERT_EQ(written, halves ? to_float(to_bfloat16(product.sums[i])) : product.sums[i]) << i;
    }
    for (size_t c = 0; c < n; ++c) {
      double true_sum = 1, true_square = 2, magnitude = 1;
      float least = 1e9f, most = -1e9f;
      for (size_t i = c; i < product.size(); i += n) {
        const double centred = static_cast<double>(product.sums[i]) - static_cast<double>(shift[c]);
        true_sum += centred;
        magnitude += std::abs(centred);
        true_square += centred * centred;
        least = std::min(least, product.sums[i]);
        most = std::max(most, product.sums[i]);
      }
      EXPECT_NEAR(sum[c], true_sum, 1e-6 * magnitude);
      EXPECT_NEAR(square[c], true_square, 1e-6 * true_square);
      EXPECT_EQ(min[c], least);
      EXPECT_EQ(max[c], most);
    }
  }
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<Case, Way>>& test) {
  const Case& shape = std::get<0>(test.param);
  return std::get<1>(test.param).name + std::to_string(shape.rows) + "x" + std::to_string(shape.terms) + "x" +
         std::to_string(shape.columns);
}
INSTANTIATE_TEST_SUITE_P(Shapes, QuadGemm,
                         ::testing::Combine(::testing::ValuesIn(kCases), ::testing::ValuesIn(kWays)),
                         name_of);

// Takes sums as they are, in plain C++.
template <class Tiles>
class PlainSums {
 public:
  PlainSums(const Int8Matmul& product, int64_t first_row) : g_(product), first_row_(first_row) {}

  template <int kRows, int kColumns>
  void begin(Tiles& tiles, int64_t, int64_t) {
    clear_sums<kRows, kColumns>(tiles);
  }
  template <int kRows, int kColumns>
  void end(Tiles& tiles, int64_t block, int64_t panel) {
    for_each_sum<kRows, kColumns>([&]<int kRow, int kColumn>() {
      int32_t sums[kTileRows][kPanelColumns];
      tiles.template store<kSumTile<kRow, kColumn>>(sums, kTileBytes);
      const int64_t row = first_row_ + (block + kRow) * kTileRows, column = (panel + kColumn) * kPanelColumns;
      for (int64_t r = 0; r < std::min(kTileRows, g_.rows - row); ++r) {
        for (int64_t c = 0; c < std::min(kPanelColumns, g_.last_column - column); ++c) {
          const int32_t of_weights = g_.weights->column_sums[static_cast<size_t>(column + c)];
          g_.c.floats[(row + r) * g_.weights->columns + column + c] =
              static_cast<float>(sums[r][c] - g_.zero * of_weights);
        }
      }
    });
  }
  void finish() {}

 private:
  const Int8Matmul& g_;
  int64_t first_row_;
};

TEST(QuadGemmInTiles, GivesSumsOnAnyMachine) {
  for (const Case& shape : kCases) {
    const Product product(shape);
    Floats floats(product.size());
    EmulatedTiles tiles;
    matmul_int8_in_tiles<PlainSums>(tiles, product.matmul(floats.data()));
    EXPECT_EQ(floats, product.sums) << shape.rows << "x" << shape.terms << "x" << shape.columns;
  }
}

}  // namespace
}  // namespace nudge::kernels
