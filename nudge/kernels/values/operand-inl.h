// Loading vectors of an operand's real values, whatever its form.  Included once a target.
#if defined(NUDGE_KERNELS_OPERAND_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef NUDGE_KERNELS_OPERAND_INL_H_
#undef NUDGE_KERNELS_OPERAND_INL_H_
#else
#define NUDGE_KERNELS_OPERAND_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "nudge/kernels/values/bfloat16-inl.h"
#include "nudge/kernels/values/operand.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// What codes stand for.
template <class D>
HWY_INLINE hn::Vec<D> load_codes(D d, const uint8_t* codes, const Grid& grid) {
  const hn::Rebind<int32_t, D> d32;
  const hn::Rebind<uint8_t, D> d8;
  const auto steps = hn::Sub(hn::PromoteTo(d32, hn::LoadU(d8, codes)), hn::Set(d32, grid.zero_point));
  return hn::Mul(hn::ConvertTo(d, steps), hn::Set(d, grid.scale));
}

template <class D>
HWY_INLINE hn::Vec<D> load_operand(D d, const Operand& x, int64_t i) {
  if (x.values.f32 != nullptr) return hn::LoadU(d, x.values.f32 + i);
  if (x.values.bf16 != nullptr) return load_real(d, x.values.bf16 + i);
  return load_codes(d, x.codes + i, x.grid);
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
