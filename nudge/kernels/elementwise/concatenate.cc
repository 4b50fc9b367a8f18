#include "nudge/kernels/elementwise/concatenate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/dispatch-inl.h"
#include "nudge/kernels/cpu/parts.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/elementwise/concatenate.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/cpu/vector_loop-inl.h"
#include "nudge/kernels/elementwise/fake_quant-inl.h"
#include "nudge/kernels/values/operand-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

template <class T>
HWY_INLINE void place(const Operand& x, const Runs& runs, int64_t begin, int64_t end, T* to) {
  for_each_vector_range(runs.width, [&](auto d, int64_t first, int64_t last) HWY_ATTR {
    for (int64_t row = begin; row < end; ++row) {
      for (int64_t i = first; i < last; i += static_cast<int64_t>(hn::Lanes(d))) {
        store_real(d, load_operand(d, x, row * runs.width + i), to + row * runs.pitch + i);
      }
    }
  });
}

void place_values(const Operand& x, const Runs& runs, int64_t begin, int64_t end, const Reals& to) {
  to.bf16 != nullptr ? place(x, runs, begin, end, to.bf16) : place(x, runs, begin, end, to.f32);
}

void place_codes(const Operand& x, const Runs& runs, int64_t begin, int64_t end, const Grid& grid,
                 uint8_t* to) {
  for_each_vector_range(runs.width, [&](auto d, int64_t first, int64_t last) HWY_ATTR {
    const hn::Rebind<int32_t, decltype(d)> d32;
    const hn::Rebind<uint8_t, decltype(d)> d8;
    const VectorGrid<decltype(d)> on_grid(d, grid);
    const auto zero = hn::Set(d32, grid.zero_point);
    const Operand from = x;
    const Runs at = runs;
    for (int64_t row = begin; row < end; ++row) {
      for (int64_t i = first; i < last; i += static_cast<int64_t>(hn::Lanes(d))) {
        const auto steps = hn::ConvertTo(d32, on_grid.steps(d, load_operand(d, from, row * at.width + i)));
        hn::StoreU(hn::DemoteTo(d8, hn::Add(steps, zero)), d8, to + row * at.pitch + i);
      }
    }
  });
}

// Widens *low and *high by n codes.
void code_limits(const uint8_t* codes, int64_t n, uint8_t* low, uint8_t* high) {
  const hn::ScalableTag<uint8_t> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  if (n >= lanes) {
    auto least = hn::LoadU(d, codes), most = least;
    for (; i + lanes <= n; i += lanes) {
      const auto here = hn::LoadU(d, codes + i);
      least = hn::Min(least, here);
      most = hn::Max(most, here);
    }
    HWY_ALIGN uint8_t ends[2 * hn::MaxLanes(d)];
    hn::Store(least, d, ends);
    hn::Store(most, d, ends + lanes);
    for (int64_t lane = 0; lane < lanes; ++lane) {
      *low = HWY_MIN(*low, ends[lane]);
      *high = HWY_MAX(*high, ends[lanes + lane]);
    }
  }
  for (; i < n; ++i) {
    *low = HWY_MIN(*low, codes[i]);
    *high = HWY_MAX(*high, codes[i]);
  }
}

template <class T>
HWY_INLINE void take(const Operand& x, const Runs& runs, int64_t begin, int64_t end, const Grid* grid,
                     const T* dy, T* dx) {
  for_each_vector_range(runs.width, [&](auto d, int64_t first, int64_t last) HWY_ATTR {
    const VectorGrid<decltype(d)> on_grid(d, grid != nullptr ? *grid : Grid{});
    for (int64_t row = begin; row < end; ++row) {
      for (int64_t i = first; i < last; i += static_cast<int64_t>(hn::Lanes(d))) {
        auto g = load_real(d, dy + row * runs.pitch + i);
        if (grid != nullptr) {
          g = hn::IfThenElseZero(on_grid.inside(load_operand(d, x, row * runs.width + i)), g);
        }
        store_real(d, g, dx + row * runs.width + i);
      }
    }
  });
}

void take_rows(const Operand& x, const Runs& runs, int64_t begin, int64_t end, const Grid* grid,
               const ConstReals& dy, const Reals& dx) {
  if (dy.bf16 != nullptr) {
    take(x, runs, begin, end, grid, dy.bf16, dx.bf16);
  } else {
    take(x, runs, begin, end, grid, dy.f32, dx.f32);
  }
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(place_values);
HWY_EXPORT(place_codes);
HWY_EXPORT(code_limits);
HWY_EXPORT(take_rows);

constexpr int64_t kGrain = 16384;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

float value_of(int code, const Grid& grid) { return static_cast<float>(code - grid.zero_point) * grid.scale; }

// Calls body(begin, end) on parts of the rows.
template <class Body>
void in_parts(const Runs& runs, const Body& body) {
  parallel_for(runs.rows, std::max<int64_t>(1, kPartFloats / std::max<int64_t>(1, runs.width)), body);
}

// Blocks of `n` elements: their ranges merge to the same at any thread count.
template <class RangeOf>
MinMax merged_range(int64_t n, const RangeOf& range_of_block) {
  const int64_t blocks = (n + kGrain - 1) / kGrain;
  std::vector<MinMax> ranges(static_cast<size_t>(blocks));
  parallel_for(blocks, kPartFloats / kGrain, [&](int64_t first, int64_t last) {
    for (int64_t block = first; block < last; ++block) {
      ranges[static_cast<size_t>(block)] = range_of_block(block * kGrain, std::min(n, (block + 1) * kGrain));
    }
  });
  MinMax range{kInfinity, -kInfinity};
  for (const MinMax& of : ranges) {
    if (std::isnan(of.min)) return of;
    range = {std::min(range.min, of.min), std::max(range.max, of.max)};
  }
  return range;
}

}  // namespace

MinMax range_of(const Operand& x, int64_t n) {
  if (x.values.f32 != nullptr) return min_max_of(x.values.f32, n);
  if (n == 0) return {kInfinity, -kInfinity};
  if (x.codes != nullptr) {
    const MinMax codes = merged_range(n, [&](int64_t begin, int64_t end) {
      uint8_t low = 255, high = 0;
      NUDGE_DISPATCH(code_limits)(x.codes + begin, end - begin, &low, &high);
      return MinMax{static_cast<float>(low), static_cast<float>(high)};
    });
    return {value_of(static_cast<int>(codes.min), x.grid), value_of(static_cast<int>(codes.max), x.grid)};
  }
  return merged_range(n, [&](int64_t begin, int64_t end) {
    std::array<float, kGrain> floats;
    widen(x.values.bf16 + begin, end - begin, floats.data());
    MinMax range{kInfinity, -kInfinity};
    for (int64_t i = 0; i < end - begin; ++i) {
      const float v = floats[static_cast<size_t>(i)];
      if (std::isnan(v)) return MinMax{v, v};
      range = {std::min(range.min, v), std::max(range.max, v)};
    }
    return range;
  });
}

void place_runs(const Operand& x, const Runs& runs, const Reals& to) {
  in_parts(runs, [&](int64_t begin, int64_t end) { NUDGE_DISPATCH(place_values)(x, runs, begin, end, to); });
}

void place_runs(const Operand& x, const Runs& runs, const Grid& grid, uint8_t* to) {
  const bool same = x.codes != nullptr && x.grid == grid;
  in_parts(runs, [&](int64_t begin, int64_t end) {
    if (!same && !grid.degenerate()) return NUDGE_DISPATCH(place_codes)(x, runs, begin, end, grid, to);
    for (int64_t row = begin; row < end; ++row) {
      uint8_t* run = to + row * runs.pitch;
      if (same) {
        std::memcpy(run, x.codes + row * runs.width, static_cast<size_t>(runs.width));
      } else {
        std::fill_n(run, runs.width, static_cast<uint8_t>(grid.zero_point));
      }
    }
  });
}

void take_gradient(const Operand& x, const Runs& runs, const ConstReals& dy, const Grid* grid,
                   const Reals& dx) {
  const Grid* limits = grid != nullptr && grid->degenerate() ? nullptr : grid;
  in_parts(runs, [&](int64_t begin, int64_t end) {
    NUDGE_DISPATCH(take_rows)(x, runs, begin, end, limits, dy, dx);
  });
}

}  // namespace nudge::kernels
#endif
