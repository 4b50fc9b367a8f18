#include "nudge/kernels/cpu/cpu_limit.h"

#include <dnnl.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "nudge/base/cpu.h"

namespace nudge::kernels {
namespace {

TEST(CpuLimit, HoldsForBothLibraries) {
  apply_cpu_limit();
  apply_cpu_limit();
  const bool avx3 = (hwy::SupportedTargets() & (HWY_AVX3 | HWY_AVX3_DL)) != 0;
  const bool dnnl_avx512 =
      (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_mic) == dnnl_cpu_isa_avx512_mic;
  if (!cpu_features().avx512) {
    EXPECT_FALSE(avx3);
    EXPECT_FALSE(dnnl_avx512);
  } else {
    EXPECT_TRUE(avx3);
  }
}

}  // namespace
}  // namespace nudge::kernels
