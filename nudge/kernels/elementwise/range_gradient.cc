#include "nudge/kernels/elementwise/range_gradient.h"

#include <algorithm>
#include <vector>

#include "nudge/base/threads.h"
#include "nudge/kernels/channels/channel_passes.h"
#include "nudge/kernels/cpu/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/elementwise/range_gradient.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/cpu/vector_loop-inl.h"
#include "nudge/kernels/elementwise/fake_quant-inl.h"
#include "nudge/kernels/values/operand-inl.h"
#include "nudge/kernels/values/range_gradient-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

// x(tag, i) and dy(tag, i) are the vectors at i.
template <class X, class Dy>
HWY_INLINE void add_sums(int64_t begin, int64_t end, const Grid& grid, RangeSums* sums, const X& x,
                         const Dy& dy) {
  for_each_vector_range(end - begin, [&](auto d, int64_t first, int64_t last) HWY_ATTR {
    const VectorGrid<decltype(d)> on_grid(d, grid);
    VectorRangeSums<decltype(d)> range(d, grid);
    for (int64_t i = begin + first; i < begin + last; i += static_cast<int64_t>(hn::Lanes(d))) {
      const auto value = x(d, i);
      range.add(value, on_grid.value(d, value), dy(d, i));
    }
    range.add_to(d, *sums);
  });
}

void sums_of_values(const float* x, const float* dy, int64_t begin, int64_t end, const Grid& grid,
                    RangeSums* sums) {
  add_sums(
      begin, end, grid, sums, [&](auto d, int64_t i) HWY_ATTR { return hn::LoadU(d, x + i); },
      [&](auto d, int64_t i) HWY_ATTR { return hn::LoadU(d, dy + i); });
}

void sums_of_sum(const Operand& a, const Operand& b, const ConstReals& dy, int64_t begin, int64_t end,
                 const ActivationLimits& limits, const Grid& grid, RangeSums* sums) {
  const auto x = [&](auto d, int64_t i) HWY_ATTR {
    const auto sum = hn::Add(load_operand(d, a, i), load_operand(d, b, i));
    return hn::Min(hn::Max(sum, hn::Set(d, limits.low)), hn::Set(d, limits.high));
  };
  if (dy.bf16 != nullptr) {
    add_sums(begin, end, grid, sums, x,
             [&](auto d, int64_t i) HWY_ATTR { return load_real(d, dy.bf16 + i); });
  } else {
    add_sums(begin, end, grid, sums, x, [&](auto d, int64_t i) HWY_ATTR { return hn::LoadU(d, dy.f32 + i); });
  }
}

void sums_of_run(const Operand& x, int64_t at, int64_t width, const ConstReals& dy, const Grid& grid,
                 RangeSums* sums) {
  const auto value = [&](auto d, int64_t i) HWY_ATTR { return load_operand(d, x, at + i); };
  if (dy.bf16 != nullptr) {
    add_sums(0, width, grid, sums, value,
             [&](auto d, int64_t i) HWY_ATTR { return load_real(d, dy.bf16 + i); });
  } else {
    add_sums(0, width, grid, sums, value,
             [&](auto d, int64_t i) HWY_ATTR { return hn::LoadU(d, dy.f32 + i); });
  }
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(sums_of_values);
HWY_EXPORT(sums_of_sum);
HWY_EXPORT(sums_of_run);

constexpr int64_t kPart = 16384;

// Sums of parts that are the same at any thread count: add(begin, end, sums).
template <class Add>
RangeGradient gradient_of_parts(int64_t n, int64_t part_size, const Grid& grid, const Add& add) {
  if (grid.degenerate()) return {};
  std::vector<RangeSums> parts(static_cast<size_t>((n + part_size - 1) / part_size));
  parallel_for(static_cast<int64_t>(parts.size()), 1, [&](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; ++part) {
      add(part * part_size, std::min(n, (part + 1) * part_size), &parts[static_cast<size_t>(part)]);
    }
  });
  RangeSums sums;
  for (const RangeSums& part : parts) sums += part;
  return sums.gradient(grid);
}

}  // namespace

RangeGradient range_gradient(const float* x, const float* dy, int64_t n, const Grid& grid) {
  return gradient_of_parts(n, kPart, grid, [&](int64_t begin, int64_t end, RangeSums* sums) {
    NUDGE_DISPATCH(sums_of_values)(x, dy, begin, end, grid, sums);
  });
}

RangeGradient range_gradient(const Operand& a, const Operand& b, const ConstReals& dy, int64_t n,
                             const AddActivation& activation, const Grid& grid) {
  BlockActivation relu{.relu = activation.relu};
  if (activation.max_value > 0.0f) relu.max_value = activation.max_value;
  const ActivationLimits limits(relu, nullptr);
  return gradient_of_parts(n, kPart, grid, [&](int64_t begin, int64_t end, RangeSums* sums) {
    NUDGE_DISPATCH(sums_of_sum)(a, b, dy, begin, end, limits, grid, sums);
  });
}

RangeGradient range_gradient(const Operand& x, const Runs& runs, const ConstReals& dy, const Grid& grid) {
  if (x.codes != nullptr && x.grid == grid) return {};  // no code moves
  const int64_t rows = std::max<int64_t>(1, kPart / std::max<int64_t>(1, runs.width));
  return gradient_of_parts(runs.rows, rows, grid, [&](int64_t begin, int64_t end, RangeSums* sums) {
    for (int64_t row = begin; row < end; ++row) {
      NUDGE_DISPATCH(sums_of_run)(x, row * runs.width, runs.width, dy.at(row * runs.pitch), grid, sums);
    }
  });
}

}  // namespace nudge::kernels
#endif
