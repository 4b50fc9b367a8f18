#include "nudge/kernels/pooling/max_of_pixels.h"

#include "nudge/kernels/cpu/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/pooling/max_of_pixels.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/cpu/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

template <class D>
HWY_INLINE hn::Vec<D> load(D d, const float* x) {
  return hn::LoadU(d, x);
}
template <class D>
HWY_INLINE hn::Vec<D> load(D d, const uint8_t* x) {
  const hn::Rebind<uint8_t, D> d8;
  const hn::Rebind<int32_t, D> d32;
  return hn::ConvertTo(d, hn::PromoteTo(d32, hn::LoadU(d8, x)));
}

void max_of_floats(const float* x, const int64_t* pixels, size_t count, int64_t channels, float* y) {
  for_each_vector(channels, [&](auto d, int64_t c) HWY_ATTR {
    auto best = hn::LoadU(d, x + pixels[0] + c);
    for (size_t p = 1; p < count; ++p) {
      const auto value = hn::LoadU(d, x + pixels[p] + c);
      // Written so that a NaN is not passed over, as in TensorFlow.
      best = hn::IfThenElse(hn::Ge(best, value), best, value);
    }
    hn::StoreU(best, d, y + c);
  });
}

void max_of_codes(const uint8_t* x, const int64_t* pixels, size_t count, int64_t channels, uint8_t* y) {
  const hn::ScalableTag<uint8_t> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto run = [&](auto tag, int64_t c) HWY_ATTR {
    auto best = hn::LoadU(tag, x + pixels[0] + c);
    for (size_t p = 1; p < count; ++p) best = hn::Max(best, hn::LoadU(tag, x + pixels[p] + c));
    hn::StoreU(best, tag, y + c);
  };
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) run(d, c);
  for (; c + 16 <= channels; c += 16) run(hn::CappedTag<uint8_t, 16>(), c);
  for (; c < channels; ++c) run(hn::CappedTag<uint8_t, 1>(), c);
}

template <class T>
HWY_INLINE void gradient(const T* x, const int64_t* pixels, size_t count, int64_t channels, const float* dy,
                         float* dx) {
  for_each_vector(channels, [&](auto d, int64_t c) HWY_ATTR {
    auto best = load(d, x + pixels[0] + c), where = hn::Zero(d);
    for (size_t p = 1; p < count; ++p) {
      const auto value = load(d, x + pixels[p] + c);
      const auto above = hn::Gt(value, best);
      best = hn::IfThenElse(above, value, best);
      where = hn::IfThenElse(above, hn::Set(d, static_cast<float>(p)), where);
    }
    const auto all = hn::LoadU(d, dy + c);
    for (size_t p = 0; p < count; ++p) {
      float* to = dx + pixels[p] + c;
      const auto passes = hn::Eq(where, hn::Set(d, static_cast<float>(p)));
      hn::StoreU(hn::Add(hn::LoadU(d, to), hn::IfThenElseZero(passes, all)), d, to);
    }
  });
}

void gradient_of_floats(const float* x, const int64_t* pixels, size_t count, int64_t channels,
                        const float* dy, float* dx) {
  gradient(x, pixels, count, channels, dy, dx);
}
void gradient_of_codes(const uint8_t* x, const int64_t* pixels, size_t count, int64_t channels,
                       const float* dy, float* dx) {
  gradient(x, pixels, count, channels, dy, dx);
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(max_of_floats);
HWY_EXPORT(max_of_codes);
HWY_EXPORT(gradient_of_floats);
HWY_EXPORT(gradient_of_codes);

}  // namespace

void max_of_pixels(const float* x, std::span<const int64_t> pixels, int64_t channels, float* y) {
  NUDGE_DISPATCH(max_of_floats)(x, pixels.data(), pixels.size(), channels, y);
}
void max_of_pixels(const uint8_t* x, std::span<const int64_t> pixels, int64_t channels, uint8_t* y) {
  NUDGE_DISPATCH(max_of_codes)(x, pixels.data(), pixels.size(), channels, y);
}
void max_of_pixels_gradient(const float* x, std::span<const int64_t> pixels, int64_t channels,
                            const float* dy, float* dx) {
  NUDGE_DISPATCH(gradient_of_floats)(x, pixels.data(), pixels.size(), channels, dy, dx);
}
void max_of_pixels_gradient(const uint8_t* x, std::span<const int64_t> pixels, int64_t channels,
                            const float* dy, float* dx) {
  NUDGE_DISPATCH(gradient_of_codes)(x, pixels.data(), pixels.size(), channels, dy, dx);
}

}  // namespace nudge::kernels
#endif
