// Walking over values in whole vectors, then in shorter ones for what is left.  Included once a target.
#if defined(NUDGE_KERNELS_VECTOR_LOOP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef NUDGE_KERNELS_VECTOR_LOOP_INL_H_
#undef NUDGE_KERNELS_VECTOR_LOOP_INL_H_
#else
#define NUDGE_KERNELS_VECTOR_LOOP_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Calls body(tag, begin, end) so that the ranges, each a multiple of Lanes(tag) long, cover [0, n) in order:
// a body sets up its constants once a range.
template <class Body>
HWY_INLINE void for_each_vector_range(int64_t n, const Body& body) {
  int64_t begin = 0;
  const auto run = [&](auto d) HWY_ATTR {
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const int64_t end = begin + (n - begin) / lanes * lanes;
    if (begin < end) body(d, begin, end);
    begin = end;
  };
  const hn::ScalableTag<float> whole;
  run(whole);
  if (begin == n) return;
  if constexpr (hn::MaxLanes(whole) > 8) run(hn::CappedTag<float, 8>());
  if constexpr (hn::MaxLanes(whole) > 4) run(hn::CappedTag<float, 4>());
  run(hn::CappedTag<float, 1>());
}

// Calls body(tag, i) so that [i, i + Lanes(tag)) cover [0, n) in order.
template <class Body>
HWY_INLINE void for_each_vector(int64_t n, const Body& body) {
  for_each_vector_range(n, [&](auto d, int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t i = begin; i < end; i += static_cast<int64_t>(hn::Lanes(d))) body(d, i);
  });
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
