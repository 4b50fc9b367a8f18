// The affine of a block's channels, its activation and the mask of its gradient, in vector registers.
// Included once a target.
#if defined(NUDGE_KERNELS_CHANNEL_AFFINE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef NUDGE_KERNELS_CHANNEL_AFFINE_INL_H_
#undef NUDGE_KERNELS_CHANNEL_AFFINE_INL_H_
#else
#define NUDGE_KERNELS_CHANNEL_AFFINE_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "nudge/kernels/channels/channel_passes.h"
#include "nudge/kernels/values/bfloat16-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The affine of a few channels and what follows it, in registers.
template <bool kSloped, class D>
struct Activated {
  using V = hn::Vec<D>;

  Activated(D d, const ActivationLimits& limits)
      : zero(hn::Zero(d)),
        slope(hn::Set(d, limits.slope)),
        low(hn::Set(d, limits.low)),
        high(hn::Set(d, limits.high)) {}

  // Before the limits.
  V bent(V a) const {
    if constexpr (!kSloped) return a;
    return hn::IfThenElse(hn::Gt(a, zero), a, hn::Mul(a, slope));
  }
  V cut(V a) const { return hn::Min(hn::Max(a, low), high); }

  V zero, slope, low, high;
};

// The gradient before activation and quantizer.
template <bool kSloped, class D>
struct Mask {
  using V = hn::Vec<D>;

  Mask(D d, const ActivationLimits& limits)
      : activated(d, limits), low(hn::Set(d, limits.pass_low)), high(hn::Set(d, limits.pass_high)) {}

  V operator()(V a, V dy) const {
    const V y = activated.bent(a);
    const auto pass = hn::And(hn::Ge(y, low), hn::Le(y, high));
    if constexpr (kSloped) dy = hn::IfThenElse(hn::Gt(a, activated.zero), dy, hn::Mul(dy, activated.slope));
    return hn::IfThenElseZero(pass, dy);
  }

  Activated<kSloped, D> activated;
  V low, high;
};

// Of `channels` numbers, the one at channel c.
template <class D>
struct AffineAt {
  using V = hn::Vec<D>;

  AffineAt(D d, const ChannelAffine& affine, int64_t c)
      : shift(hn::LoadU(d, affine.shift + c)),
        gain(hn::LoadU(d, affine.gain + c)),
        offset(hn::LoadU(d, affine.offset + c)) {}

  V centred(V x) const { return hn::Sub(x, shift); }
  V of_centred(V u) const { return hn::MulAdd(u, gain, offset); }

  V shift, gain, offset;
};

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
