#include "nudge/kernels/elementwise/add.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "nudge/base/threads.h"
#include "nudge/kernels/channels/channel_passes.h"
#include "nudge/kernels/cpu/dispatch-inl.h"
#include "nudge/kernels/cpu/parts.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/elementwise/add.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/cpu/vector_loop-inl.h"
#include "nudge/kernels/elementwise/fake_quant-inl.h"
#include "nudge/kernels/values/operand-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

// Minimum and maximum of [begin, end); nan becomes NaN when a sum is.
void range_of_sum(const Operand& a, const Operand& b, int64_t begin, int64_t end, float* low, float* high,
                  float* nan) {
  for_each_vector_range(end - begin, [&](auto d, int64_t first, int64_t last) HWY_ATTR {
    auto least = hn::Set(d, *low), most = hn::Set(d, *high), numbers = hn::Zero(d);
    for (int64_t i = first; i < last; i += static_cast<int64_t>(hn::Lanes(d))) {
      const auto sum = hn::Add(load_operand(d, a, begin + i), load_operand(d, b, begin + i));
      least = hn::Min(least, sum);
      most = hn::Max(most, sum);
      // Zero as long as no sum is NaN or infinite.
      numbers = hn::Add(numbers, hn::Sub(sum, sum));
    }
    *low = hn::GetLane(hn::MinOfLanes(d, least));
    *high = hn::GetLane(hn::MaxOfLanes(d, most));
    if (!hn::AllTrue(d, hn::Eq(numbers, numbers))) *nan = std::numeric_limits<float>::quiet_NaN();
  });
}

template <class T>
HWY_INLINE void sum_into(const Operand& a, const Operand& b, int64_t begin, int64_t end,
                         const ActivationLimits& limits, T* y) {
  for_each_vector(end - begin, [&](auto d, int64_t i) HWY_ATTR {
    const auto sum = hn::Add(load_operand(d, a, begin + i), load_operand(d, b, begin + i));
    const auto cut = hn::Min(hn::Max(sum, hn::Set(d, limits.low)), hn::Set(d, limits.high));
    store_real(d, hn::IfThenElse(hn::Eq(sum, sum), cut, sum), y + begin + i);
  });
}

void sum_values(const Operand& a, const Operand& b, int64_t begin, int64_t end,
                const ActivationLimits& limits, const Reals& y) {
  y.bf16 != nullptr ? sum_into(a, b, begin, end, limits, y.bf16) : sum_into(a, b, begin, end, limits, y.f32);
}

void sum_codes(const Operand& a, const Operand& b, int64_t begin, int64_t end, const ActivationLimits& limits,
               const Grid& grid, uint8_t* y) {
  for_each_vector(end - begin, [&](auto d, int64_t i) HWY_ATTR {
    const hn::Rebind<int32_t, decltype(d)> d32;
    const hn::Rebind<uint8_t, decltype(d)> d8;
    const auto sum = hn::Add(load_operand(d, a, begin + i), load_operand(d, b, begin + i));
    const auto cut = hn::Min(hn::Max(sum, hn::Set(d, limits.low)), hn::Set(d, limits.high));
    const auto steps = hn::ConvertTo(d32, VectorGrid<decltype(d)>(d, grid).steps(d, cut));
    hn::StoreU(hn::DemoteTo(d8, hn::Add(steps, hn::Set(d32, grid.zero_point))), d8, y + begin + i);
  });
}

template <class T>
HWY_INLINE void gradient_into(const Operand& a, const Operand& b, const T* dy, int64_t begin, int64_t end,
                              const ActivationLimits& limits, T* dx) {
  for_each_vector(end - begin, [&](auto d, int64_t i) HWY_ATTR {
    const auto sum = hn::Add(load_operand(d, a, begin + i), load_operand(d, b, begin + i));
    const auto pass =
        hn::And(hn::Ge(sum, hn::Set(d, limits.pass_low)), hn::Le(sum, hn::Set(d, limits.pass_high)));
    store_real(d, hn::IfThenElseZero(pass, load_real(d, dy + begin + i)), dx + begin + i);
  });
}

void sum_gradient(const Operand& a, const Operand& b, const ConstReals& dy, int64_t begin, int64_t end,
                  const ActivationLimits& limits, const Reals& dx) {
  if (dy.bf16 != nullptr) {
    gradient_into(a, b, dy.bf16, begin, end, limits, dx.bf16);
  } else {
    gradient_into(a, b, dy.f32, begin, end, limits, dx.f32);
  }
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(range_of_sum);
HWY_EXPORT(sum_values);
HWY_EXPORT(sum_codes);
HWY_EXPORT(sum_gradient);

constexpr int64_t kGrain = 16384;

BlockActivation activation_of(const AddActivation& options) {
  BlockActivation activation{.relu = options.relu};
  if (options.max_value > 0.0f) activation.max_value = options.max_value;
  return activation;
}

}  // namespace

MinMax add_range(const Operand& a, const Operand& b, int64_t n, const AddActivation& options) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const int64_t blocks = (n + kGrain - 1) / kGrain;
  std::vector<float> low(static_cast<size_t>(blocks), kInfinity), high(low.size(), -kInfinity),
      nan(low.size());
  parallel_for(blocks, kPartFloats / kGrain, [&](int64_t first, int64_t last) {
    for (int64_t block = first; block < last; ++block) {
      const size_t i = static_cast<size_t>(block);
      NUDGE_DISPATCH(range_of_sum)
      (a, b, block * kGrain, std::min(n, (block + 1) * kGrain), &low[i], &high[i], &nan[i]);
    }
  });
  MinMax range{kInfinity, -kInfinity};
  for (size_t i = 0; i < low.size(); ++i) {
    if (nan[i] != 0.0f) return {nan[i], nan[i]};
    range = {std::min(range.min, low[i]), std::max(range.max, high[i])};
  }
  const ActivationLimits limits(activation_of(options), nullptr);
  return {std::clamp(range.min, limits.low, limits.high), std::clamp(range.max, limits.low, limits.high)};
}

void add(const Operand& a, const Operand& b, int64_t n, const AddActivation& options, const Reals& values) {
  const ActivationLimits limits(activation_of(options), nullptr);
  parallel_for(n, kPartFloats, [&](int64_t begin, int64_t end) {
    NUDGE_DISPATCH(sum_values)(a, b, begin, end, limits, values);
  });
}

void add(const Operand& a, const Operand& b, int64_t n, const AddActivation& options, const Grid& grid,
         uint8_t* codes) {
  const ActivationLimits limits(activation_of(options), &grid);
  parallel_for(n, kPartFloats, [&](int64_t begin, int64_t end) {
    if (grid.degenerate()) {
      std::fill(codes + begin, codes + end, static_cast<uint8_t>(grid.zero_point));
    } else {
      NUDGE_DISPATCH(sum_codes)(a, b, begin, end, limits, grid, codes);
    }
  });
}

void add_gradient(const Operand& a, const Operand& b, const ConstReals& dy, int64_t n,
                  const AddActivation& options, const Grid* grid, const Reals& dx) {
  const ActivationLimits limits(activation_of(options), grid);
  parallel_for(n, kPartFloats, [&](int64_t begin, int64_t end) {
    NUDGE_DISPATCH(sum_gradient)(a, b, dy, begin, end, limits, dx);
  });
}

}  // namespace nudge::kernels
#endif
