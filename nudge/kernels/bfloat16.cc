#include "nudge/kernels/bfloat16.h"

#include "nudge/kernels/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/bfloat16.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/bfloat16-inl.h"
#include "nudge/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

void round_span(const float* from, int64_t n, Bfloat16* to) {
  for_each_vector(n, [&](auto d, int64_t i) HWY_ATTR { store_real(d, hn::LoadU(d, from + i), to + i); });
}

void widen_span(const Bfloat16* from, int64_t n, float* to) {
  for_each_vector(n, [&](auto d, int64_t i) HWY_ATTR { hn::StoreU(load_real(d, from + i), d, to + i); });
}

void add_span_rounded(const float* from, int64_t n, Bfloat16* to) {
  for_each_vector(n, [&](auto d, int64_t i) HWY_ATTR {
    store_real(d, hn::Add(load_real(d, to + i), hn::LoadU(d, from + i)), to + i);
  });
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(round_span);
HWY_EXPORT(widen_span);
HWY_EXPORT(add_span_rounded);

}  // namespace

void round_to_bfloat16(const float* from, int64_t n, Bfloat16* to) { NUDGE_DISPATCH(round_span)(from, n, to); }
void widen(const Bfloat16* from, int64_t n, float* to) { NUDGE_DISPATCH(widen_span)(from, n, to); }
void add_to_bfloat16(const float* from, int64_t n, Bfloat16* to) {
  NUDGE_DISPATCH(add_span_rounded)(from, n, to);
}

}  // namespace nudge::kernels
#endif
