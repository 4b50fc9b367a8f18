#include "nudge/kernels/cpu/target_test.h"

#include <hwy/highway.h>

namespace nudge::kernels {

std::vector<int64_t> targets_of_this_machine() {
  std::vector<int64_t> targets;
  // Those that dispatch-inl.h leaves compiled.
  for (int64_t target : {HWY_SCALAR, HWY_EMU128, HWY_SSE4, HWY_AVX2, HWY_AVX3, HWY_AVX3_DL}) {
    if ((HWY_TARGETS & target) != 0 && (hwy::SupportedTargets() & target) != 0) targets.push_back(target);
  }
  return targets;
}

}  // namespace nudge::kernels
