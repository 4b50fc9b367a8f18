#include "nudge/kernels/elementwise/add_to.h"

#include "nudge/kernels/cpu/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/elementwise/add_to.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/cpu/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

void add_span(const float* x, int64_t n, float* y) {
  for_each_vector(n, [&](auto d, int64_t i) HWY_ATTR {
    hn::StoreU(hn::Add(hn::LoadU(d, y + i), hn::LoadU(d, x + i)), d, y + i);
  });
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(add_span);

}  // namespace

void add_to(const float* x, int64_t n, float* y) { NUDGE_DISPATCH(add_span)(x, n, y); }

}  // namespace nudge::kernels
#endif
