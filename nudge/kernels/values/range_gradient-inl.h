// The sums of a range's gradient in vector registers.  Included once a target.
#if defined(NUDGE_KERNELS_RANGE_GRADIENT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef NUDGE_KERNELS_RANGE_GRADIENT_INL_H_
#undef NUDGE_KERNELS_RANGE_GRADIENT_INL_H_
#else
#define NUDGE_KERNELS_RANGE_GRADIENT_INL_H_
#endif

#include <hwy/highway.h>

#include "nudge/kernels/values/range_gradient.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
struct VectorRangeSums {
  using V = hn::Vec<D>;

  VectorRangeSums(D d, const Grid& grid)
      : min(hn::Set(d, grid.nudged_min)),
        max(hn::Set(d, grid.nudged_max)),
        below(hn::Zero(d)),
        above(below),
        rounding(below) {}

  // x became y.
  void add(V x, V y, V dy) {
    const auto low = hn::Lt(x, min), high = hn::Gt(x, max);
    below = hn::Add(below, hn::IfThenElseZero(low, dy));
    above = hn::Add(above, hn::IfThenElseZero(high, dy));
    rounding = hn::MulAdd(hn::IfThenZeroElse(hn::Or(low, high), dy), hn::Sub(y, x), rounding);
  }
  void add_to(D d, RangeSums& sums) const {
    sums.below += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, below)));
    sums.above += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, above)));
    sums.rounding += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, rounding)));
  }

  V min, max, below, above, rounding;
};

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
