#include "nudge/kernels/elementwise/fake_quant.h"

#include <string>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/dispatch-inl.h"
#include "nudge/kernels/cpu/parts.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/elementwise/fake_quant.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/elementwise/fake_quant-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

using Float = hn::ScalableTag<float>;
using OneFloat = hn::CappedTag<float, 1>;

// Calls body(tag, i) for whole vectors of [0, n), then value by value.
template <class Body>
HWY_INLINE void for_each_vector(int64_t n, const Body& body) {
  const Float d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) body(d, i);
  for (; i < n; ++i) body(OneFloat(), i);
}

template <class D>
HWY_INLINE VectorGrid<D> pick(D d, const Grid* grids, int64_t) {
  return VectorGrid<D>(d, *grids);
}

void fake_quantize_span(const float* x, int64_t n, const Grid& grid, float* y) {
  for_each_vector(
      n, [&](auto d, int64_t i) { hn::StoreU(pick(d, &grid, i).value(d, hn::LoadU(d, x + i)), d, y + i); });
}

void gradient_span(const float* x, const float* dy, int64_t n, const Grid& grid, float* dx) {
  for_each_vector(n, [&](auto d, int64_t i) {
    const auto inside = pick(d, &grid, i).inside(hn::LoadU(d, x + i));
    hn::StoreU(hn::IfThenElseZero(inside, hn::LoadU(d, dy + i)), d, dx + i);
  });
}

template <class Code>
HWY_INLINE void quantize_span(const float* x, int64_t n, const Grid& grid, Code* codes) {
  const int zero = grid.zero_point - (std::is_signed_v<Code> ? 128 : 0);
  for_each_vector(n, [&](auto d, int64_t i) {
    const hn::Rebind<int32_t, decltype(d)> d32;
    const hn::Rebind<Code, decltype(d)> d8;
    const auto steps = hn::ConvertTo(d32, pick(d, &grid, i).steps(d, hn::LoadU(d, x + i)));
    hn::StoreU(hn::DemoteTo(d8, hn::Add(steps, hn::Set(d32, zero))), d8, codes + i);
  });
}
void quantize_u8(const float* x, int64_t n, const Grid& grid, uint8_t* codes) {
  quantize_span(x, n, grid, codes);
}
void quantize_s8(const float* x, int64_t n, const Grid& grid, int8_t* codes) {
  quantize_span(x, n, grid, codes);
}

void dequantize_span(const uint8_t* codes, int64_t n, const Grid& grid, float* y) {
  for_each_vector(n, [&](auto d, int64_t i) {
    const hn::Rebind<int32_t, decltype(d)> d32;
    const hn::Rebind<uint8_t, decltype(d)> d8;
    const auto steps = hn::Sub(hn::PromoteTo(d32, hn::LoadU(d8, codes + i)), hn::Set(d32, grid.zero_point));
    hn::StoreU(hn::Mul(hn::ConvertTo(d, steps), hn::Set(d, grid.scale)), d, y + i);
  });
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(fake_quantize_span);
HWY_EXPORT(gradient_span);
HWY_EXPORT(quantize_u8);
HWY_EXPORT(quantize_s8);
HWY_EXPORT(dequantize_span);

constexpr int64_t kGrain = kPartFloats;

void check_8_bits(const Grid& grid) {
  if (grid.qmax > 255) {
    throw ValueError("8-bit codes need a grid of at most 8 bits, given one up to " +
                     std::to_string(grid.qmax));
  }
}

// Both forms of quantize().
template <class Code, class Span>
void quantize_parts(const float* x, int64_t n, const Grid& grid, Code* codes, const Span& span) {
  check_8_bits(grid);
  const int zero = grid.zero_point - (std::is_signed_v<Code> ? 128 : 0);
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
    if (grid.degenerate()) {
      std::fill(codes + begin, codes + end, static_cast<Code>(zero));
    } else {
      span(x + begin, end - begin, grid, codes + begin);
    }
  });
}

// Calls body(offset, length, grid) for every run of values of one channel; a run of the last axis is one
// value long, which is why weights, not activations, go this way.
template <class Body>
void for_each_channel_run(const ChannelView& view, std::span<const Grid> grids, const Body& body) {
  if (static_cast<int64_t>(grids.size()) != view.channels) {
    throw ValueError("a tensor of " + std::to_string(view.channels) +
                     " channels needs as many grids, given " + std::to_string(grids.size()));
  }
  const int64_t runs = view.outer * view.channels;
  parallel_for(runs, std::max<int64_t>(1, kGrain / std::max<int64_t>(view.inner, 1)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t run = begin; run < end; ++run) {
                   body(run * view.inner, view.inner, grids[static_cast<size_t>(run % view.channels)]);
                 }
               });
}

}  // namespace

void fake_quantize(const float* x, int64_t n, const Grid& grid, float* y) {
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
    if (grid.degenerate()) {
      std::fill(y + begin, y + end, 0.0f);
    } else {
      NUDGE_DISPATCH(fake_quantize_span)(x + begin, end - begin, grid, y + begin);
    }
  });
}

void fake_quantize_gradient(const float* x, const float* dy, int64_t n, const Grid& grid, float* dx) {
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
    if (grid.degenerate()) {
      std::copy(dy + begin, dy + end, dx + begin);
    } else {
      NUDGE_DISPATCH(gradient_span)(x + begin, dy + begin, end - begin, grid, dx + begin);
    }
  });
}

void quantize(const float* x, int64_t n, const Grid& grid, uint8_t* codes) {
  quantize_parts(x, n, grid, codes, NUDGE_DISPATCH(quantize_u8));
}

void quantize(const float* x, int64_t n, const Grid& grid, int8_t* codes) {
  quantize_parts(x, n, grid, codes, NUDGE_DISPATCH(quantize_s8));
}

void dequantize(const uint8_t* codes, int64_t n, const Grid& grid, float* y) {
  check_8_bits(grid);
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
    NUDGE_DISPATCH(dequantize_span)(codes + begin, end - begin, grid, y + begin);
  });
}

void fake_quantize(const float* x, const ChannelView& view, std::span<const Grid> grids, float* y) {
  for_each_channel_run(view, grids, [&](int64_t at, int64_t n, const Grid& grid) {
    if (grid.degenerate()) {
      std::fill(y + at, y + at + n, 0.0f);
    } else {
      NUDGE_DISPATCH(fake_quantize_span)(x + at, n, grid, y + at);
    }
  });
}

void fake_quantize_gradient(const float* x, const float* dy, const ChannelView& view,
                            std::span<const Grid> grids, float* dx) {
  for_each_channel_run(view, grids, [&](int64_t at, int64_t n, const Grid& grid) {
    if (grid.degenerate()) {
      std::copy(dy + at, dy + at + n, dx + at);
    } else {
      NUDGE_DISPATCH(gradient_span)(x + at, dy + at, n, grid, dx + at);
    }
  });
}

void quantize(const float* x, const ChannelView& view, std::span<const Grid> grids, int8_t* codes) {
  for (const Grid& grid : grids) check_8_bits(grid);
  for_each_channel_run(view, grids, [&](int64_t at, int64_t n, const Grid& grid) {
    if (grid.degenerate()) {
      std::fill(codes + at, codes + at + n, static_cast<int8_t>(grid.zero_point - 128));
    } else {
      NUDGE_DISPATCH(quantize_s8)(x + at, n, grid, codes + at);
    }
  });
}

}  // namespace nudge::kernels
#endif
