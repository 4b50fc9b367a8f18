#include "nudge/kernels/values/bfloat16.h"

#include "nudge/kernels/cpu/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/values/bfloat16.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/cpu/vector_loop-inl.h"
#include "nudge/kernels/values/bfloat16-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

void round_span(const float* from, int64_t n, Bfloat16* to) {
  for_each_vector(n, [&](auto d, int64_t i) HWY_ATTR { store_real(d, hn::LoadU(d, from + i), to + i); });
}

void widen_span(const Bfloat16* from, int64_t n, float* to) {
  for_each_vector(n, [&](auto d, int64_t i) HWY_ATTR { hn::StoreU(load_real(d, from + i), d, to + i); });
}

template <class T>
HWY_INLINE void add_span(const T* from, int64_t n, Bfloat16* to) {
  for_each_vector(n, [&](auto d, int64_t i) HWY_ATTR {
    store_real(d, hn::Add(load_real(d, to + i), load_real(d, from + i)), to + i);
  });
}
void add_floats(const float* from, int64_t n, Bfloat16* to) { add_span(from, n, to); }
void add_halves(const Bfloat16* from, int64_t n, Bfloat16* to) { add_span(from, n, to); }

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(round_span);
HWY_EXPORT(widen_span);
HWY_EXPORT(add_floats);
HWY_EXPORT(add_halves);

}  // namespace

void round_to_bfloat16(const float* from, int64_t n, Bfloat16* to) {
  NUDGE_DISPATCH(round_span)(from, n, to);
}
void widen(const Bfloat16* from, int64_t n, float* to) { NUDGE_DISPATCH(widen_span)(from, n, to); }
void add_to_bfloat16(const float* from, int64_t n, Bfloat16* to) { NUDGE_DISPATCH(add_floats)(from, n, to); }
void add_to_bfloat16(const Bfloat16* from, int64_t n, Bfloat16* to) {
  NUDGE_DISPATCH(add_halves)(from, n, to);
}

}  // namespace nudge::kernels
#endif
