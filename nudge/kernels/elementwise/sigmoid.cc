#include "nudge/kernels/elementwise/sigmoid.h"

#include "nudge/kernels/cpu/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/elementwise/sigmoid.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include <hwy/contrib/math/math-inl.h>

#include "nudge/kernels/cpu/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

void sigmoid_span(const float* x, int64_t n, float* y) {
  for_each_vector_range(n, [&](auto d, int64_t begin, int64_t end) HWY_ATTR {
    // e^88 is the largest that a float holds.
    const auto most = hn::Set(d, 88.0f), one = hn::Set(d, 1.0f);
    for (int64_t i = begin; i < end; i += static_cast<int64_t>(hn::Lanes(d))) {
      const auto v = hn::LoadU(d, x + i);
      const auto e = hn::Exp(d, hn::Min(hn::Max(hn::Neg(v), hn::Neg(most)), most));
      hn::StoreU(hn::IfThenElse(hn::Eq(v, v), hn::Div(one, hn::Add(one, e)), v), d, y + i);
    }
  });
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(sigmoid_span);

}  // namespace

void sigmoid(const float* x, int64_t n, float* y) { NUDGE_DISPATCH(sigmoid_span)(x, n, y); }

}  // namespace nudge::kernels
#endif
