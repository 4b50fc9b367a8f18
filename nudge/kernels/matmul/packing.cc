#include "nudge/kernels/matmul/packing.h"

#include <vector>

#include "nudge/kernels/cpu/dispatch-inl.h"
#include "nudge/kernels/values/panels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/matmul/packing.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/cpu/vector_loop-inl.h"
#include "nudge/kernels/elementwise/fake_quant-inl.h"
#include "nudge/kernels/values/bfloat16-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

template <class D>
HWY_INLINE hn::Vec<D> steps_at(D d, const uint8_t* codes, int zero) {
  const hn::Rebind<int32_t, D> d32;
  const hn::Rebind<uint8_t, D> d8;
  return hn::ConvertTo(d, hn::Sub(hn::PromoteTo(d32, hn::LoadU(d8, codes)), hn::Set(d32, zero)));
}

void steps_of_codes(const uint8_t* codes, int64_t n, int zero, const Reals& steps) {
  const auto into = [&](auto* to) HWY_ATTR {
    for_each_vector(n,
                    [&](auto d, int64_t i) HWY_ATTR { store_real(d, steps_at(d, codes + i, zero), to + i); });
  };
  steps.bf16 != nullptr ? into(steps.bf16) : into(steps.f32);
}

// The grids of a few channels; `table` holds four rows of channels: minimum, maximum, inverse, steps below
// zero.
template <class D>
HWY_INLINE VectorGrid<D> grid_at(D d, const float* table, int64_t channels, int64_t c) {
  VectorGrid<D> grid;
  grid.min = hn::LoadU(d, table + c);
  grid.max = hn::LoadU(d, table + channels + c);
  grid.inverse = hn::LoadU(d, table + 2 * channels + c);
  grid.steps_below = hn::LoadU(d, table + 3 * channels + c);
  return grid;
}

void steps_of_weights(const float* x, int64_t rows, int64_t channels, const float* table, float* steps) {
  for (int64_t r = 0; r < rows; ++r) {
    for_each_vector(channels, [&](auto d, int64_t c) HWY_ATTR {
      const VectorGrid<decltype(d)> grid = grid_at(d, table, channels, c);
      hn::StoreU(grid.steps(d, hn::LoadU(d, x + r * channels + c)), d, steps + r * channels + c);
    });
  }
}

// One row of a quad: its steps stored, added to `sum`, and in the word's byte kByte.
template <int kByte, class D, class I>
HWY_INLINE void quad_row(D d, const VectorGrid<D>& grid, const float* x, float* steps, I& word, I& sum) {
  const hn::Rebind<int32_t, D> d32;
  const auto step = grid.steps(d, hn::LoadU(d, x));
  hn::StoreU(step, d, steps);
  const auto whole = hn::ConvertTo(d32, step);
  sum = hn::Add(sum, whole);
  word = hn::Or(word, hn::ShiftLeft<8 * kByte>(hn::And(whole, hn::Set(d32, 0xff))));
}

void quads_of_weights(const float* x, int64_t rows, int64_t channels, const float* table, float* steps,
                      uint32_t* words, int64_t panel, int32_t* sums) {
  for (int64_t r = 0; r < rows; r += 4, words += kPanelColumns) {
    for_each_vector(channels, [&](auto d, int64_t c) HWY_ATTR {
      const hn::Rebind<int32_t, decltype(d)> d32;
      const VectorGrid<decltype(d)> grid = grid_at(d, table, channels, c);
      auto word = hn::Zero(d32), sum = hn::LoadU(d32, sums + c);
      const int64_t at = r * channels + c;
      quad_row<0>(d, grid, x + at, steps + at, word, sum);
      if (r + 1 < rows) quad_row<1>(d, grid, x + at + channels, steps + at + channels, word, sum);
      if (r + 2 < rows) quad_row<2>(d, grid, x + at + 2 * channels, steps + at + 2 * channels, word, sum);
      if (r + 3 < rows) quad_row<3>(d, grid, x + at + 3 * channels, steps + at + 3 * channels, word, sum);
      hn::StoreU(sum, d32, sums + c);
      hn::StoreU(word, d32, reinterpret_cast<int32_t*>(words) + in_panels(c, panel));
    });
  }
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(steps_of_codes);
HWY_EXPORT(steps_of_weights);
HWY_EXPORT(quads_of_weights);

std::vector<float> grid_table(const Grid* grids, int64_t channels) {
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
  return table;
}

}  // namespace

void subtract_zero_point(const uint8_t* codes, int64_t n, int zero, float* steps) {
  NUDGE_DISPATCH(steps_of_codes)(codes, n, zero, steps);
}

void subtract_zero_point(const uint8_t* codes, int64_t n, int zero, Bfloat16* steps) {
  NUDGE_DISPATCH(steps_of_codes)(codes, n, zero, steps);
}

void quantize_weights(const float* x, int64_t rows, int64_t channels, const Grid* grids, float* steps) {
  const std::vector<float> table = grid_table(grids, channels);
  NUDGE_DISPATCH(steps_of_weights)(x, rows, channels, table.data(), steps);
}

void pack_int8_weights(const float* x, int64_t rows, int64_t channels, const Grid* grids, float* steps,
                       uint32_t* words, int64_t panel, int32_t* sums) {
  const std::vector<float> table = grid_table(grids, channels);
  NUDGE_DISPATCH(quads_of_weights)(x, rows, channels, table.data(), steps, words, panel, sums);
}

}  // namespace nudge::kernels
#endif
