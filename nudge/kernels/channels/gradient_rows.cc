#include <algorithm>

#include "nudge/kernels/channels/channel_passes.h"
#include "nudge/kernels/cpu/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/channels/gradient_rows.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include <hwy/cache_control.h>

#include "nudge/kernels/channels/channel_affine-inl.h"
#include "nudge/kernels/cpu/vector_loop-inl.h"
#include "nudge/kernels/values/operand-inl.h"
#include "nudge/kernels/values/range_gradient-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

// With kRange also what `range` asks for, else it may be null.
template <bool kSloped, bool kRange, class T>
HWY_INLINE void reduce(const T* x, const T* dy, int64_t rows, int64_t channels, const ChannelAffine& affine,
                       const ActivationLimits& limits, const RangeReduction* range, float* sum,
                       float* product) {
  // The columns of a block of rows are read one after the other; the same place of the next block is fetched
  // meanwhile, which the processor would not guess.
  const int64_t ahead = rows * channels;
  for_each_vector(channels, [&](auto d, int64_t c) HWY_ATTR {
    const Mask<kSloped, decltype(d)> masked(d, limits);
    const AffineAt<decltype(d)> by(d, affine, c);
    auto sum0 = hn::Zero(d), sum1 = sum0, product0 = sum0, product1 = sum0;
    [[maybe_unused]] const Activated<kSloped, decltype(d)> activated(d, kRange ? range->activation : limits);
    [[maybe_unused]] VectorRangeSums<decltype(d)> of_range(d, kRange ? range->grid : Grid());
    const auto add = [&](int64_t at, auto& sums, auto& products) HWY_ATTR {
      hwy::Prefetch(x + at + ahead);
      hwy::Prefetch(dy + at + ahead);
      const auto u = by.centred(load_real(d, x + at));
      const auto a = by.of_centred(u), above = load_real(d, dy + at);
      const auto g = masked(a, above);
      if constexpr (kRange) {
        of_range.add(activated.cut(activated.bent(a)), load_codes(d, range->codes + at, range->grid), above);
      }
      sums = hn::Add(sums, g);
      products = hn::MulAdd(g, u, products);
    };
    int64_t r = 0, at = c;
    for (; r + 2 <= rows; r += 2, at += 2 * channels) {
      add(at, sum0, product0);
      add(at + channels, sum1, product1);
    }
    if (r < rows) add(at, sum0, product0);
    hn::StoreU(hn::Add(hn::LoadU(d, sum + c), hn::Add(sum0, sum1)), d, sum + c);
    hn::StoreU(hn::Add(hn::LoadU(d, product + c), hn::Add(product0, product1)), d, product + c);
    if constexpr (kRange) {
      hn::StoreU(hn::Add(hn::LoadU(d, range->below + c), of_range.below), d, range->below + c);
      hn::StoreU(hn::Add(hn::LoadU(d, range->above + c), of_range.above), d, range->above + c);
      hn::StoreU(hn::Add(hn::LoadU(d, range->rounding + c), of_range.rounding), d, range->rounding + c);
    }
  });
}

void reduce_any(const ConstReals& x, const ConstReals& dy, int64_t rows, int64_t channels,
                const ChannelAffine& affine, const ActivationLimits& limits, const RangeReduction* range,
                float* sum, float* product) {
  const auto with = [&](const auto* from, const auto* gradient) HWY_ATTR {
    if (range != nullptr && limits.sloped) {
      reduce<true, true>(from, gradient, rows, channels, affine, limits, range, sum, product);
    } else if (range != nullptr) {
      reduce<false, true>(from, gradient, rows, channels, affine, limits, range, sum, product);
    } else if (limits.sloped) {
      reduce<true, false>(from, gradient, rows, channels, affine, limits, range, sum, product);
    } else {
      reduce<false, false>(from, gradient, rows, channels, affine, limits, range, sum, product);
    }
  };
  x.bf16 != nullptr ? with(x.bf16, dy.bf16) : with(x.f32, dy.f32);
}

// The gradient before the affine, of the vector at one place.
template <bool kSloped, class D>
struct GradientAt {
  using V = hn::Vec<D>;

  GradientAt(D d, const ChannelAffine& by, const Mask<kSloped, D>& mask, const GradientAffine& gradient,
             int64_t c)
      : affine(d, by, c),
        masked(mask),
        by_gradient(hn::LoadU(d, gradient.by_gradient + c)),
        by_value(hn::LoadU(d, gradient.by_value + c)),
        constant(hn::LoadU(d, gradient.constant + c)) {}

  V operator()(V x, V dy) const {
    const V u = affine.centred(x);
    const V g = masked(affine.of_centred(u), dy);
    return hn::MulAdd(g, by_gradient, hn::MulAdd(u, by_value, constant));
  }

  AffineAt<D> affine;
  const Mask<kSloped, D>& masked;
  V by_gradient, by_value, constant;
};

template <bool kSloped, class T>
HWY_INLINE void gradient(const T* x, const T* dy, int64_t rows, int64_t channels, const ChannelAffine& affine,
                         const ActivationLimits& limits, const GradientAffine& by, float* out) {
  for_each_vector_range(channels, [&](auto d, int64_t begin, int64_t end) HWY_ATTR {
    const Mask<kSloped, decltype(d)> masked(d, limits);
    for (int64_t r = 0, row = 0; r < rows; ++r, row += channels) {
      for (int64_t c = begin; c < end; c += static_cast<int64_t>(hn::Lanes(d))) {
        const GradientAt<kSloped, decltype(d)> at(d, affine, masked, by, c);
        hn::StoreU(at(load_real(d, x + row + c), load_real(d, dy + row + c)), d, out + row + c);
      }
    }
  });
}

void gradient_any(const ConstReals& x, const ConstReals& dy, int64_t rows, int64_t channels,
                  const ChannelAffine& affine, const ActivationLimits& limits, const GradientAffine& by,
                  float* out) {
  const auto with = [&](const auto* from, const auto* above) HWY_ATTR {
    if (limits.sloped) {
      gradient<true>(from, above, rows, channels, affine, limits, by, out);
    } else {
      gradient<false>(from, above, rows, channels, affine, limits, by, out);
    }
  };
  x.bf16 != nullptr ? with(x.bf16, dy.bf16) : with(x.f32, dy.f32);
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(reduce_any);
HWY_EXPORT(gradient_any);

}  // namespace

void reduce_gradient(const ConstReals& x, const ConstReals& dy, int64_t rows, int64_t channels,
                     const ChannelAffine& affine, const ActivationLimits& limits, float* sum,
                     float* product) {
  const int64_t block = cached_rows(channels);
  for (int64_t r = 0; r < rows; r += block) {
    NUDGE_DISPATCH(reduce_any)
    (x.at(r * channels), dy.at(r * channels), std::min(block, rows - r), channels, affine, limits, nullptr,
     sum, product);
  }
}

void reduce_gradient(const ConstReals& x, const ConstReals& dy, int64_t rows, int64_t channels,
                     const ChannelAffine& affine, const ActivationLimits& limits, const RangeReduction& range,
                     float* sum, float* product) {
  const int64_t block = cached_rows(channels);
  for (int64_t r = 0; r < rows; r += block) {
    const RangeReduction of_rows = range.at(r * channels);
    NUDGE_DISPATCH(reduce_any)
    (x.at(r * channels), dy.at(r * channels), std::min(block, rows - r), channels, affine, limits, &of_rows,
     sum, product);
  }
}

void apply_gradient(const ConstReals& x, const ConstReals& dy, int64_t rows, int64_t channels,
                    const ChannelAffine& affine, const ActivationLimits& limits,
                    const GradientAffine& gradient, float* out) {
  NUDGE_DISPATCH(gradient_any)(x, dy, rows, channels, affine, limits, gradient, out);
}

}  // namespace nudge::kernels
#endif
