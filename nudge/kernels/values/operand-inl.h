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

template <class D>
HWY_INLINE hn::Vec<D> load_operand(D d, const Operand& x, int64_t i) {
  if (x.values.f32 != nullptr) return hn::LoadU(d, x.values.f32 + i);
  if (x.values.bf16 != nullptr) return load_real(d, x.values.bf16 + i);
  const hn::Rebind<int32_t, D> d32;
  const hn::Rebind<uint8_t, D> d8;
  const auto steps = hn::Sub(hn::PromoteTo(d32, hn::LoadU(d8, x.codes + i)), hn::Set(d32, x.grid.zero_point));
  return hn::Mul(hn::ConvertTo(d, steps), hn::Set(d, x.grid.scale));
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
