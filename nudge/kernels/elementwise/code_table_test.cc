#include "nudge/kernels/elementwise/code_table.h"

#include <gtest/gtest.h>

#include "nudge/base/threads.h"
#include "nudge/kernels/elementwise/codes_test.h"

namespace nudge::kernels {
namespace {

class CodeTables : public testing::Test {
 protected:
  ~CodeTables() override { set_thread_count(threads_); }

 private:
  int threads_ = thread_count();
};

TEST_F(CodeTables, AreLookedUp) {
  const Grid grid = nudge_range(-1.0f, 3.0f);
  const CodeTable<float> values = values_of_codes(grid);
  EXPECT_EQ(values[static_cast<size_t>(grid.zero_point)], 0.0f);
  for (const int threads : {1, 2, 3, 5, 8}) {
    set_thread_count(threads);
    Random random(7);
    constexpr size_t kCount = 200'003;
    Codes codes(kCount), mapped(kCount);
    for (uint8_t& code : codes) code = static_cast<uint8_t>(100 + random.below(50));
    Floats dequantized(kCount), looked_up(kCount), dx(kCount);
    const Floats dy = normals(kCount, 8);
    dequantize(codes.data(), kCount, grid, dequantized.data());
    look_up(codes.data(), kCount, values, looked_up.data());
    EXPECT_EQ(looked_up, dequantized) << "seed 7";
    CodeTable<uint8_t> reversed{};
    CodeTable<float> slopes{};
    for (size_t code = 0; code < 256; ++code) {
      reversed[code] = static_cast<uint8_t>(255 - code);
      slopes[code] = static_cast<float>(code) - 120.0f;
    }
    look_up(codes.data(), kCount, reversed, mapped.data());
    look_up_gradient(codes.data(), kCount, slopes, dy.data(), dx.data());
    std::vector<Bfloat16> halves(kCount), half_dy(kCount), half_dx(kCount);
    round_to_bfloat16(dy.data(), kCount, half_dy.data());
    look_up(codes.data(), kCount, values, halves.data());
    look_up_gradient(codes.data(), kCount, slopes, ConstReals(half_dy.data()), half_dx.data());
    for (size_t i = 0; i < kCount; ++i) {
      ASSERT_EQ(mapped[i], 255 - codes[i]);
      ASSERT_EQ(dx[i], dy[i] * slopes[codes[i]]);
      ASSERT_EQ(halves[i].bits, to_bfloat16(dequantized[i]).bits);
      ASSERT_EQ(half_dx[i].bits, to_bfloat16(to_float(half_dy[i]) * slopes[codes[i]]).bits);
    }
    const CodeTable<bool> among = codes_among(codes.data(), kCount);
    for (size_t code = 0; code < 256; ++code) EXPECT_EQ(among[code], code >= 100 && code < 150) << code;
  }
}

}  // namespace
}  // namespace nudge::kernels
