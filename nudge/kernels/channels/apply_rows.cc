#include <algorithm>

#include "nudge/kernels/channels/channel_passes.h"
#include "nudge/kernels/cpu/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/channels/apply_rows.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/channels/channel_affine-inl.h"
#include "nudge/kernels/cpu/vector_loop-inl.h"
#include "nudge/kernels/elementwise/fake_quant-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

template <bool kSloped, class X, class Y>
HWY_INLINE void apply_values(const X* x, int64_t rows, int64_t channels, const ChannelAffine& affine,
                             const ActivationLimits& limits, Y* y) {
  for_each_vector_range(channels, [&](auto d, int64_t begin, int64_t end) HWY_ATTR {
    const Activated<kSloped, decltype(d)> activated(d, limits);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = begin; c < end; c += static_cast<int64_t>(hn::Lanes(d))) {
        const AffineAt<decltype(d)> at(d, affine, c);
        const auto a = activated.bent(at.of_centred(at.centred(load_real(d, x + r * channels + c))));
        store_real(d, hn::IfThenElse(hn::Eq(a, a), activated.cut(a), a), y + r * channels + c);
      }
    }
  });
}

// Codes are stored as bytes, which may alias anything: all that the loop needs is in locals.
template <bool kSloped, bool kValues, bool kCodes, class X>
HWY_INLINE void apply_grid(const X* x, int64_t rows, int64_t channels, const ChannelAffine& affine,
                           const ActivationLimits& limits, const Grid& grid, float* values, uint8_t* codes) {
  for_each_vector_range(channels, [&](auto d, int64_t begin, int64_t end) HWY_ATTR {
    const hn::Rebind<int32_t, decltype(d)> d32;
    [[maybe_unused]] const hn::Rebind<uint32_t, decltype(d)> u32;
    const hn::Rebind<uint8_t, decltype(d)> d8;
    const Activated<kSloped, decltype(d)> activated(d, limits);
    const VectorGrid<decltype(d)> on_grid(d, grid);
    const auto zero = hn::Set(d32, grid.zero_point);
    const ChannelAffine by = affine;
    const int64_t pitch = channels, stop = end, count = rows;
    const X* from = x;
    float* to = values;
    uint8_t* to_codes = codes;
    for (int64_t r = 0; r < count; ++r, from += pitch) {
      for (int64_t c = begin; c < stop; c += static_cast<int64_t>(hn::Lanes(d))) {
        const AffineAt<decltype(d)> at(d, by, c);
        const auto a = activated.bent(at.of_centred(at.centred(load_real(d, from + c))));
        const auto steps = on_grid.rounded(d, activated.cut(a));
        if constexpr (kValues)
          hn::StoreU(hn::IfThenElse(hn::Eq(a, a), hn::Mul(steps, on_grid.scale), a), d, to + c);
        if constexpr (kCodes) {
          // A code fits a byte already: nothing has to be saturated.
          const auto code = hn::BitCast(u32, hn::Add(hn::ConvertTo(d32, steps), zero));
          hn::StoreU(hn::TruncateTo(d8, code), d8, to_codes + c);
        }
      }
      if constexpr (kValues) to += pitch;
      if constexpr (kCodes) to_codes += pitch;
    }
  });
}

template <bool kSloped, class X>
HWY_INLINE void apply(const X* x, int64_t rows, int64_t channels, const ChannelAffine& affine,
                      const ActivationLimits& limits, const Grid* grid, const Reals& values, uint8_t* codes) {
  if (grid == nullptr && values.bf16 != nullptr) {
    apply_values<kSloped>(x, rows, channels, affine, limits, values.bf16);
  } else if (grid == nullptr) {
    apply_values<kSloped>(x, rows, channels, affine, limits, values.f32);
  } else if (values.f32 == nullptr) {
    apply_grid<kSloped, false, true>(x, rows, channels, affine, limits, *grid, nullptr, codes);
  } else if (codes == nullptr) {
    apply_grid<kSloped, true, false>(x, rows, channels, affine, limits, *grid, values.f32, nullptr);
  } else {
    apply_grid<kSloped, true, true>(x, rows, channels, affine, limits, *grid, values.f32, codes);
  }
}

void apply_any(const ConstReals& x, int64_t rows, int64_t channels, const ChannelAffine& affine,
               const ActivationLimits& limits, const Grid* grid, const Reals& values, uint8_t* codes) {
  const auto with = [&](const auto* from) HWY_ATTR {
    if (limits.sloped) {
      apply<true>(from, rows, channels, affine, limits, grid, values, codes);
    } else {
      apply<false>(from, rows, channels, affine, limits, grid, values, codes);
    }
  };
  x.bf16 != nullptr ? with(x.bf16) : with(x.f32);
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(apply_any);

}  // namespace

void apply_rows(const ConstReals& x, int64_t rows, int64_t channels, const ChannelAffine& affine,
                const ActivationLimits& limits, const Grid* grid, const Reals& values, uint8_t* codes) {
  if (grid != nullptr && grid->degenerate()) {
    if (values.f32 != nullptr) std::fill_n(values.f32, rows * channels, 0.0f);
    if (codes != nullptr) std::fill_n(codes, rows * channels, static_cast<uint8_t>(grid->zero_point));
    return;
  }
  NUDGE_DISPATCH(apply_any)(x, rows, channels, affine, limits, grid, values, codes);
}

}  // namespace nudge::kernels
#endif
