// The arithmetic of a fake quantizer on vectors, shared by the kernels that quantize.  Included once a
// target, like Highway itself.
#if defined(NUDGE_KERNELS_FAKE_QUANT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef NUDGE_KERNELS_FAKE_QUANT_INL_H_
#undef NUDGE_KERNELS_FAKE_QUANT_INL_H_
#else
#define NUDGE_KERNELS_FAKE_QUANT_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "nudge/kernels/values/grid.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A grid in vector registers.
template <class D>
struct VectorGrid {
  using V = hn::Vec<D>;

  VectorGrid() = default;
  VectorGrid(D d, const Grid& grid)
      : min(hn::Set(d, grid.nudged_min)),
        max(hn::Set(d, grid.nudged_max)),
        inverse(hn::Set(d, grid.inverse)),
        scale(hn::Set(d, grid.scale)),
        steps_below(hn::Set(d, static_cast<float>(grid.zero_point - grid.qmin))) {}

  // Steps from real zero: code - zero_point, a whole number.  Multiplications and additions stay apart
  // (the folder is compiled without contraction): a fused one would change last bits.
  V steps(D d, V x) const { return rounded(d, hn::Min(hn::Max(x, min), max)); }
  // The same of an x that lies between the limits.
  V rounded(D d, V x) const {
    return hn::Floor(hn::Add(hn::Sub(hn::Mul(hn::Sub(x, min), inverse), steps_below), hn::Set(d, 0.5f)));
  }
  V value(D d, V x) const {
    const V y = hn::Mul(steps(d, x), scale);
    return hn::IfThenElse(hn::Eq(x, x), y, x);
  }
  auto inside(V x) const { return hn::And(hn::Ge(x, min), hn::Le(x, max)); }

  V min, max, inverse, scale, steps_below;
};

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
