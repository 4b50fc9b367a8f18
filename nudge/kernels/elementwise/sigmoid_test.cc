#include "nudge/kernels/elementwise/sigmoid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "nudge/kernels/cpu/target_test.h"

namespace nudge::kernels {
namespace {

class Sigmoid : public TargetTest {};

TEST_P(Sigmoid, IsTheFormulas) {
  std::vector<float> x;
  for (int i = -3000; i <= 3000; ++i) x.push_back(0.0351f * static_cast<float>(i));
  std::vector<float> y(x.size());
  sigmoid(x.data(), static_cast<int64_t>(x.size()), y.data());
  for (size_t i = 0; i < x.size(); ++i) {
    const double expected = 1.0 / (1.0 + std::exp(-static_cast<double>(x[i])));
    EXPECT_NEAR(static_cast<double>(y[i]), expected, 4e-7 * expected + 1e-37) << "at " << x[i];
  }
}

TEST_P(Sigmoid, KeepsItsEndsAndNan) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> x{kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN(), 0.0f};
  sigmoid(x.data(), 4, x.data());
  EXPECT_EQ(x[0], 1.0f);
  EXPECT_LT(x[1], 1e-37f);
  EXPECT_TRUE(std::isnan(x[2]));
  EXPECT_EQ(x[3], 0.5f);
}

NUDGE_EACH_TARGET(Sigmoid);

}  // namespace
}  // namespace nudge::kernels
