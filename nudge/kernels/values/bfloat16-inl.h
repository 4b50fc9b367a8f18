// Loading and storing vectors of floats that lie in memory as float32 or bfloat16.  Included once a target.
#if defined(NUDGE_KERNELS_BFLOAT16_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef NUDGE_KERNELS_BFLOAT16_INL_H_
#undef NUDGE_KERNELS_BFLOAT16_INL_H_
#else
#define NUDGE_KERNELS_BFLOAT16_INL_H_
#endif

#include <hwy/highway.h>

#include "nudge/kernels/values/bfloat16.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> load_real(D d, const float* p) {
  return hn::LoadU(d, p);
}

template <class D>
HWY_INLINE hn::Vec<D> load_real(D d, const Bfloat16* p) {
  const hn::Rebind<uint16_t, D> d16;
  const hn::Rebind<uint32_t, D> d32;
  const auto bits = hn::PromoteTo(d32, hn::LoadU(d16, reinterpret_cast<const uint16_t*>(p)));
  return hn::BitCast(d, hn::ShiftLeft<16>(bits));
}

// The bfloat16 nearest to each float, in the upper half of its lane; the lower half is not cleared.
template <class D>
HWY_INLINE auto rounded_bits(D, hn::Vec<D> x) {
  const hn::Rebind<uint32_t, D> d32;
  const auto bits = hn::BitCast(d32, x);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d32, 1u));
  const auto up = hn::Add(bits, hn::Add(odd, hn::Set(d32, 0x7fffu)));
  // A NaN must not be carried over into a number.
  const auto quiet = hn::Or(bits, hn::Set(d32, 0x400000u));
  return hn::IfThenElse(hn::RebindMask(d32, hn::Eq(x, x)), up, quiet);
}

template <class D>
HWY_INLINE void store_real(D d, hn::Vec<D> x, float* p) {
  hn::StoreU(x, d, p);
}

template <class D>
HWY_INLINE void store_real(D d, hn::Vec<D> x, Bfloat16* p) {
  const hn::Rebind<uint16_t, D> d16;
  const hn::Rebind<int32_t, D> d32;
  // Shifted as signed numbers, so that narrowing them does not saturate.
  const auto high = hn::ShiftRight<16>(hn::BitCast(d32, rounded_bits(d, x)));
  const hn::Rebind<int16_t, D> s16;
  hn::StoreU(hn::BitCast(d16, hn::DemoteTo(s16, high)), d16, reinterpret_cast<uint16_t*>(p));
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
