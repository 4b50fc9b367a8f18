#include "nudge/kernels/cpu/machine_peaks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nudge/base/cpu.h"

namespace nudge::kernels {
namespace {

// No bound on how fast: that is the machine's affair.
TEST(MachinePeaks, AreFiniteAndPositive) {
  const MachinePeaks peaks = measure_machine_peaks();
  for (const double peak : {peaks.f32_gflops, peaks.memory_gbs}) {
    EXPECT_TRUE(std::isfinite(peak));
    EXPECT_GT(peak, 0.0);
  }
  EXPECT_TRUE(std::isfinite(peaks.int8_gops));
  EXPECT_EQ(peaks.int8_gops > 0.0, cpu_features().vnni);
  EXPECT_EQ(peaks.bf16_gflops > 0.0, cpu_features().bf16);
  EXPECT_EQ(peaks.two_bf16_gflops > 0.0, cpu_features().amx);
}

}  // namespace
}  // namespace nudge::kernels
