#include "nudge/kernels/channel_passes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nudge/kernels/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/channel_passes.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include <hwy/cache_control.h>

#include "nudge/kernels/fake_quant-inl.h"
#include "nudge/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

void statistics(const float* x, int64_t rows, int64_t channels, const ChannelStatistics& s) {
  for_each_vector(channels, [&](auto d, int64_t c) HWY_ATTR {
    const auto shift = hn::LoadU(d, s.shift + c);
    auto sum0 = hn::Zero(d), sum1 = sum0, square0 = sum0, square1 = sum0;
    auto min0 = hn::LoadU(d, s.min + c), min1 = min0, max0 = hn::LoadU(d, s.max + c), max1 = max0;
    const float* p = x + c;
    int64_t r = 0;
    for (; r + 2 <= rows; r += 2, p += 2 * channels) {
      const auto v0 = hn::LoadU(d, p), v1 = hn::LoadU(d, p + channels);
      const auto u0 = hn::Sub(v0, shift), u1 = hn::Sub(v1, shift);
      sum0 = hn::Add(sum0, u0);
      sum1 = hn::Add(sum1, u1);
      square0 = hn::MulAdd(u0, u0, square0);
      square1 = hn::MulAdd(u1, u1, square1);
      min0 = hn::Min(min0, v0);
      min1 = hn::Min(min1, v1);
      max0 = hn::Max(max0, v0);
      max1 = hn::Max(max1, v1);
    }
    if (r < rows) {
      const auto v = hn::LoadU(d, p), u = hn::Sub(v, shift);
      sum0 = hn::Add(sum0, u);
      square0 = hn::MulAdd(u, u, square0);
      min0 = hn::Min(min0, v);
      max0 = hn::Max(max0, v);
    }
    hn::StoreU(hn::Add(hn::LoadU(d, s.sum + c), hn::Add(sum0, sum1)), d, s.sum + c);
    hn::StoreU(hn::Add(hn::LoadU(d, s.square + c), hn::Add(square0, square1)), d, s.square + c);
    hn::StoreU(hn::Min(min0, min1), d, s.min + c);
    hn::StoreU(hn::Max(max0, max1), d, s.max + c);
  });
}

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

template <class D>
HWY_INLINE hn::Vec<D> transform(D d, const float* x, const ChannelAffine& affine, int64_t c) {
  const auto centred = hn::Sub(hn::LoadU(d, x + c), hn::LoadU(d, affine.shift + c));
  return hn::MulAdd(centred, hn::LoadU(d, affine.gain + c), hn::LoadU(d, affine.offset + c));
}

template <bool kSloped>
HWY_INLINE void apply_values(const float* x, int64_t rows, int64_t channels, ChannelAffine affine,
                             const ActivationLimits& limits, float* y) {
  for_each_vector_range(channels, [&](auto d, int64_t begin, int64_t end) HWY_ATTR {
    const Activated<kSloped, decltype(d)> activated(d, limits);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = begin; c < end; c += static_cast<int64_t>(hn::Lanes(d))) {
        const auto a = activated.bent(transform(d, x + r * channels, affine, c));
        hn::StoreU(hn::IfThenElse(hn::Eq(a, a), activated.cut(a), a), d, y + r * channels + c);
      }
    }
  });
}

// Codes are stored as bytes, which may alias anything: all that the loop needs is in locals.
template <bool kSloped, bool kValues, bool kCodes>
HWY_INLINE void apply_grid(const float* x, int64_t rows, int64_t channels, ChannelAffine affine,
                           const ActivationLimits& limits, const Grid& grid, float* values, uint8_t* codes) {
  for_each_vector_range(channels, [&](auto d, int64_t begin, int64_t end) HWY_ATTR {
    const hn::Rebind<int32_t, decltype(d)> d32;
    const hn::Rebind<uint8_t, decltype(d)> d8;
    const Activated<kSloped, decltype(d)> activated(d, limits);
    const VectorGrid<decltype(d)> on_grid(d, grid);
    const auto zero = hn::Set(d32, grid.zero_point);
    const ChannelAffine by = affine;
    const int64_t pitch = channels, stop = end, count = rows;
    const float* from = x;
    float* to = values;
    uint8_t* to_codes = codes;
    for (int64_t r = 0; r < count; ++r, from += pitch) {
      for (int64_t c = begin; c < stop; c += static_cast<int64_t>(hn::Lanes(d))) {
        const auto a = activated.bent(transform(d, from, by, c));
        const auto steps = on_grid.rounded(d, activated.cut(a));
        if constexpr (kValues)
          hn::StoreU(hn::IfThenElse(hn::Eq(a, a), hn::Mul(steps, on_grid.scale), a), d, to + c);
        if constexpr (kCodes) {
          hn::StoreU(hn::DemoteTo(d8, hn::Add(hn::ConvertTo(d32, steps), zero)), d8, to_codes + c);
        }
      }
      if constexpr (kValues) to += pitch;
      if constexpr (kCodes) to_codes += pitch;
    }
  });
}

template <bool kSloped>
HWY_INLINE void apply(const float* x, int64_t rows, int64_t channels, const ChannelAffine& affine,
                      const ActivationLimits& limits, const Grid* grid, float* values, uint8_t* codes) {
  if (grid == nullptr) {
    apply_values<kSloped>(x, rows, channels, affine, limits, values);
  } else if (values == nullptr) {
    apply_grid<kSloped, false, true>(x, rows, channels, affine, limits, *grid, nullptr, codes);
  } else if (codes == nullptr) {
    apply_grid<kSloped, true, false>(x, rows, channels, affine, limits, *grid, values, nullptr);
  } else {
    apply_grid<kSloped, true, true>(x, rows, channels, affine, limits, *grid, values, codes);
  }
}

void apply_dispatched(const float* x, int64_t rows, int64_t channels, const ChannelAffine& affine,
                      const ActivationLimits& limits, const Grid* grid, float* values, uint8_t* codes) {
  if (limits.sloped) {
    apply<true>(x, rows, channels, affine, limits, grid, values, codes);
  } else {
    apply<false>(x, rows, channels, affine, limits, grid, values, codes);
  }
}

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

template <bool kSloped>
HWY_INLINE void reduce(const float* x, const float* dy, int64_t rows, int64_t channels,
                       const ChannelAffine& affine, const ActivationLimits& limits, float* sum,
                       float* product) {
  // The columns of a block of rows are read one after the other; the same place of the next block is fetched
  // meanwhile, which the processor would not guess.
  const int64_t ahead = rows * channels;
  for_each_vector(channels, [&](auto d, int64_t c) HWY_ATTR {
    const Mask<kSloped, decltype(d)> masked(d, limits);
    const auto shift = hn::LoadU(d, affine.shift + c), gain = hn::LoadU(d, affine.gain + c);
    const auto offset = hn::LoadU(d, affine.offset + c);
    auto sum0 = hn::Zero(d), sum1 = sum0, product0 = sum0, product1 = sum0;
    const auto add = [&](int64_t at, auto& sums, auto& products) HWY_ATTR {
      hwy::Prefetch(x + at + ahead);
      hwy::Prefetch(dy + at + ahead);
      const auto u = hn::Sub(hn::LoadU(d, x + at), shift);
      const auto g = masked(hn::MulAdd(u, gain, offset), hn::LoadU(d, dy + at));
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
  });
}

void reduce_dispatched(const float* x, const float* dy, int64_t rows, int64_t channels,
                       const ChannelAffine& affine, const ActivationLimits& limits, float* sum,
                       float* product) {
  if (limits.sloped) {
    reduce<true>(x, dy, rows, channels, affine, limits, sum, product);
  } else {
    reduce<false>(x, dy, rows, channels, affine, limits, sum, product);
  }
}

template <bool kSloped>
HWY_INLINE void gradient(const float* x, const float* dy, int64_t rows, int64_t channels,
                         const ChannelAffine& affine, const ActivationLimits& limits,
                         const GradientAffine& by, float* out) {
  for_each_vector_range(channels, [&](auto d, int64_t begin, int64_t end) HWY_ATTR {
    const Mask<kSloped, decltype(d)> masked(d, limits);
    for (int64_t r = 0, row = 0; r < rows; ++r, row += channels) {
      for (int64_t c = begin; c < end; c += static_cast<int64_t>(hn::Lanes(d))) {
        const auto u = hn::Sub(hn::LoadU(d, x + row + c), hn::LoadU(d, affine.shift + c));
        const auto a = hn::MulAdd(u, hn::LoadU(d, affine.gain + c), hn::LoadU(d, affine.offset + c));
        const auto g = masked(a, hn::LoadU(d, dy + row + c));
        const auto rest = hn::MulAdd(u, hn::LoadU(d, by.by_value + c), hn::LoadU(d, by.constant + c));
        hn::StoreU(hn::MulAdd(g, hn::LoadU(d, by.by_gradient + c), rest), d, out + row + c);
      }
    }
  });
}

void gradient_dispatched(const float* x, const float* dy, int64_t rows, int64_t channels,
                         const ChannelAffine& affine, const ActivationLimits& limits,
                         const GradientAffine& by, float* out) {
  if (limits.sloped) {
    gradient<true>(x, dy, rows, channels, affine, limits, by, out);
  } else {
    gradient<false>(x, dy, rows, channels, affine, limits, by, out);
  }
}

void steps_of_codes(const uint8_t* codes, int64_t n, int zero, float* steps) {
  for_each_vector(n, [&](auto d, int64_t i) HWY_ATTR {
    const hn::Rebind<int32_t, decltype(d)> d32;
    const hn::Rebind<uint8_t, decltype(d)> d8;
    const auto wide = hn::PromoteTo(d32, hn::LoadU(d8, codes + i));
    hn::StoreU(hn::ConvertTo(d, hn::Sub(wide, hn::Set(d32, zero))), d, steps + i);
  });
}

// `table` holds four rows of channels: minimum, maximum, inverse, steps below zero.
void steps_of_weights(const float* x, int64_t rows, int64_t channels, const float* table, float* steps) {
  for (int64_t r = 0; r < rows; ++r) {
    for_each_vector(channels, [&](auto d, int64_t c) HWY_ATTR {
      VectorGrid<decltype(d)> grid;
      grid.min = hn::LoadU(d, table + c);
      grid.max = hn::LoadU(d, table + channels + c);
      grid.inverse = hn::LoadU(d, table + 2 * channels + c);
      grid.steps_below = hn::LoadU(d, table + 3 * channels + c);
      hn::StoreU(grid.steps(d, hn::LoadU(d, x + r * channels + c)), d, steps + r * channels + c);
    });
  }
}

void add_span(const float* x, int64_t n, float* y) {
  for_each_vector(n, [&](auto d, int64_t i) HWY_ATTR {
    hn::StoreU(hn::Add(hn::LoadU(d, y + i), hn::LoadU(d, x + i)), d, y + i);
  });
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(statistics);
HWY_EXPORT(apply_dispatched);
HWY_EXPORT(reduce_dispatched);
HWY_EXPORT(gradient_dispatched);
HWY_EXPORT(steps_of_codes);
HWY_EXPORT(steps_of_weights);
HWY_EXPORT(add_span);

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// So many rows that the columns of a pass find them in the first-level cache.
int64_t cached_rows(int64_t channels) { return std::max<int64_t>(8, 4096 / channels / 2 * 2); }

}  // namespace

ActivationLimits::ActivationLimits(const Activation& activation, const Grid* grid) {
  low = pass_low = -kInfinity;
  high = pass_high = kInfinity;
  if (activation.relu) {
    sloped = activation.negative_slope != 0.0f;
    slope = activation.negative_slope;
    high = activation.max_value;
    // The gradient is 1 strictly between the bends.
    pass_high = std::nextafter(high, -kInfinity);
    if (!std::isfinite(high)) pass_high = high;
    if (!sloped) {
      low = 0.0f;
      pass_low = std::numeric_limits<float>::denorm_min();
    }
  }
  if (grid != nullptr && !grid->degenerate()) {
    low = std::clamp(low, grid->nudged_min, grid->nudged_max);
    high = std::clamp(high, grid->nudged_min, grid->nudged_max);
    pass_low = std::max(pass_low, grid->nudged_min);
    pass_high = std::min(pass_high, grid->nudged_max);
  }
}

void gather_statistics(const float* x, int64_t rows, int64_t channels, const ChannelStatistics& s) {
  const int64_t block = cached_rows(channels);
  for (int64_t r = 0; r < rows; r += block) {
    NUDGE_DISPATCH(statistics)(x + r * channels, std::min(block, rows - r), channels, s);
  }
}

void apply_rows(const float* x, int64_t rows, int64_t channels, const ChannelAffine& affine,
                const ActivationLimits& limits, const Grid* grid, float* values, uint8_t* codes) {
  if (grid != nullptr && grid->degenerate()) {
    if (values != nullptr) std::fill_n(values, rows * channels, 0.0f);
    if (codes != nullptr) std::fill_n(codes, rows * channels, static_cast<uint8_t>(grid->zero_point));
    return;
  }
  NUDGE_DISPATCH(apply_dispatched)(x, rows, channels, affine, limits, grid, values, codes);
}

void reduce_gradient(const float* x, const float* dy, int64_t rows, int64_t channels,
                     const ChannelAffine& affine, const ActivationLimits& limits, float* sum,
                     float* product) {
  const int64_t block = cached_rows(channels);
  for (int64_t r = 0; r < rows; r += block) {
    NUDGE_DISPATCH(reduce_dispatched)
    (x + r * channels, dy + r * channels, std::min(block, rows - r), channels, affine, limits, sum, product);
  }
}

void apply_gradient(const float* x, const float* dy, int64_t rows, int64_t channels,
                    const ChannelAffine& affine, const ActivationLimits& limits,
                    const GradientAffine& gradient, float* out) {
  NUDGE_DISPATCH(gradient_dispatched)(x, dy, rows, channels, affine, limits, gradient, out);
}

void codes_to_steps(const uint8_t* codes, int64_t n, int zero, float* steps) {
  NUDGE_DISPATCH(steps_of_codes)(codes, n, zero, steps);
}

void weights_to_steps(const float* x, int64_t rows, int64_t channels, const Grid* grids, float* steps) {
  const size_t n = static_cast<size_t>(channels);
  std::vector<float> table(4 * n);
  for (size_t c = 0; c < n; ++c) {
    const Grid& grid = grids[c];
    // A channel of zeros has a degenerate grid, all zeros here: steps of 0.
    table[c] = grid.nudged_min;
    table[n + c] = grid.nudged_max;
    table[2 * n + c] = grid.inverse;
    table[3 * n + c] = grid.degenerate() ? 0.0f : static_cast<float>(grid.zero_point - grid.qmin);
  }
  NUDGE_DISPATCH(steps_of_weights)(x, rows, channels, table.data(), steps);
}

void add_to(const float* x, int64_t n, float* y) { NUDGE_DISPATCH(add_span)(x, n, y); }

}  // namespace nudge::kernels
#endif
