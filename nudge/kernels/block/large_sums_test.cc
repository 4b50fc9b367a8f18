// Products of codes with more terms than 32 bits hold whatever the weights are.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "nudge/base/random.h"
#include "nudge/kernels/block/block.h"
#include "nudge/kernels/cpu/target_test.h"

namespace nudge::kernels {
namespace {

class LargeSums : public TargetTest {
 protected:
  // The products of one row of codes with a Dense kernel (terms, units), whose largest weight is 1.
  static std::vector<float> dense(const std::vector<uint8_t>& codes, const Grid& grid,
                                  const std::vector<float>& kernel, int64_t units) {
    BlockOptions options;
    options.product = BlockProduct::kDense;
    options.in_channels = static_cast<int64_t>(codes.size());
    options.out_channels = units;
    options.quantize_weights = true;
    options.per_channel = false;
    Block block(options);
    std::vector<float> saved(static_cast<size_t>(units));
    block.forward_product({.codes = codes.data(), .grid = grid}, {.kernel = kernel.data()}, 1, true,
                          saved.data());
    return saved;
  }
};

TEST_P(LargeSums, BeyondThirtyTwoBitsAreExact) {
  constexpr int64_t kTerms = 70'001, kUnits = 5;
  const std::vector<uint8_t> codes(kTerms, 255);
  std::vector<float> kernel;
  for (int64_t term = 0; term < kTerms; ++term) {
    const bool late = term >= kTerms / 2, odd = term % 2 == 1;
    kernel.insert(kernel.end(), {1.0f, -1.0f, late ? -1.0f : 1.0f, odd ? -1.0f : 1.0f, 0.0f});
  }
  const auto sum = [](int64_t ones) { return static_cast<float>(ones * 127 * 255); };
  EXPECT_EQ(dense(codes, nudge_range(0.0f, 255.0f), kernel, kUnits),
            (std::vector<float>{sum(kTerms), sum(-kTerms), sum(-1), sum(1), 0.0f}));
  EXPECT_GT(sum(kTerms), 2147483648.0f);
}

// The Dense layer of the small CNN at 224 pixels: its weights decide that its sums fit.
TEST_P(LargeSums, OfManyTermsThatFitAreExact) {
  constexpr int64_t kTerms = 200'704, kUnits = 3;
  Random random(9);
  std::vector<uint8_t> codes(kTerms);
  for (uint8_t& code : codes) code = static_cast<uint8_t>(random.below(256));
  std::vector<float> kernel(kTerms * kUnits);
  std::vector<int64_t> steps(kernel.size());
  for (size_t i = 0; i < kernel.size(); ++i) {
    steps[i] = static_cast<int64_t>(random.below(61)) - 30;
    kernel[i] = static_cast<float>(steps[i]) / 127.0f;
  }
  steps[0] = 127;
  kernel[0] = 1.0f;
  const Grid grid = nudge_range(-1.0f, 1.0f);
  std::vector<float> expected;
  for (size_t unit = 0; unit < kUnits; ++unit) {
    int64_t sum = 0;
    for (size_t term = 0; term < kTerms; ++term) {
      sum += (codes[term] - grid.zero_point) * steps[term * kUnits + unit];
    }
    expected.push_back(static_cast<float>(sum));
  }
  EXPECT_EQ(dense(codes, grid, kernel, kUnits), expected) << "seed 9";
}

NUDGE_EACH_TARGET(LargeSums);

}  // namespace
}  // namespace nudge::kernels
