#include "nudge/kernels/elementwise/multiply.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/dispatch-inl.h"
#include "nudge/kernels/cpu/parts.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/elementwise/multiply.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/cpu/vector_loop-inl.h"
#include "nudge/kernels/elementwise/fake_quant-inl.h"
#include "nudge/kernels/values/operand-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

// Rows [begin, end) of a, all of one shape's or of groups.
struct Rows {
  int64_t begin, end;
  ProductShape shape;

  int64_t of_b(int64_t row) const { return row / shape.rows * shape.channels; }
};

template <class D>
HWY_INLINE hn::Vec<D> product_at(D d, const Operand& a, const Operand& b, const Rows& rows, int64_t row,
                                 int64_t i) {
  return hn::Mul(load_operand(d, a, row * rows.shape.channels + i), load_operand(d, b, rows.of_b(row) + i));
}

void range_of_product(const Operand& a, const Operand& b, const ProductShape& shape, int64_t begin,
                      int64_t end, float* low, float* high, float* nan) {
  const Rows rows{begin, end, shape};
  for_each_vector_range(shape.channels, [&](auto d, int64_t first, int64_t last) HWY_ATTR {
    auto least = hn::Set(d, *low), most = hn::Set(d, *high), numbers = hn::Zero(d);
    for (int64_t row = begin; row < end; ++row) {
      for (int64_t i = first; i < last; i += static_cast<int64_t>(hn::Lanes(d))) {
        const auto product = product_at(d, a, b, rows, row, i);
        least = hn::Min(least, product);
        most = hn::Max(most, product);
        // Zero as long as no product is NaN or infinite.
        numbers = hn::Add(numbers, hn::Sub(product, product));
      }
    }
    *low = hn::GetLane(hn::MinOfLanes(d, least));
    *high = hn::GetLane(hn::MaxOfLanes(d, most));
    if (!hn::AllTrue(d, hn::Eq(numbers, numbers))) *nan = std::numeric_limits<float>::quiet_NaN();
  });
}

template <class T>
HWY_INLINE void products(const Operand& a, const Operand& b, const Rows& rows, T* y) {
  const int64_t channels = rows.shape.channels;
  for_each_vector_range(channels, [&](auto d, int64_t first, int64_t last) HWY_ATTR {
    for (int64_t row = rows.begin; row < rows.end; ++row) {
      for (int64_t i = first; i < last; i += static_cast<int64_t>(hn::Lanes(d))) {
        store_real(d, product_at(d, a, b, rows, row, i), y + row * channels + i);
      }
    }
  });
}

void product_values(const Operand& a, const Operand& b, const ProductShape& shape, int64_t begin, int64_t end,
                    const Reals& y) {
  const Rows rows{begin, end, shape};
  y.bf16 != nullptr ? products(a, b, rows, y.bf16) : products(a, b, rows, y.f32);
}

void product_codes(const Operand& a, const Operand& b, const ProductShape& shape, int64_t begin, int64_t end,
                   const Grid& grid, uint8_t* y) {
  const Rows rows{begin, end, shape};
  const Operand left = a, right = b;
  for_each_vector_range(shape.channels, [&](auto d, int64_t first, int64_t last) HWY_ATTR {
    const hn::Rebind<int32_t, decltype(d)> d32;
    const hn::Rebind<uint8_t, decltype(d)> d8;
    const VectorGrid<decltype(d)> on_grid(d, grid);
    const auto zero = hn::Set(d32, grid.zero_point);
    const Rows of = rows;
    for (int64_t row = of.begin; row < of.end; ++row) {
      for (int64_t i = first; i < last; i += static_cast<int64_t>(hn::Lanes(d))) {
        const auto steps = hn::ConvertTo(d32, on_grid.steps(d, product_at(d, left, right, of, row, i)));
        hn::StoreU(hn::DemoteTo(d8, hn::Add(steps, zero)), d8, y + row * of.shape.channels + i);
      }
    }
  });
}

// Of one group's rows; db is added to.
template <class T>
HWY_INLINE void gradients(const Operand& a, const Operand& b, const T* dy, const Rows& rows, const Grid* grid,
                          T* da, float* db) {
  const int64_t channels = rows.shape.channels;
  for_each_vector_range(channels, [&](auto d, int64_t first, int64_t last) HWY_ATTR {
    const VectorGrid<decltype(d)> on_grid(d, grid != nullptr ? *grid : Grid{});
    for (int64_t i = first; i < last; i += static_cast<int64_t>(hn::Lanes(d))) {
      const auto factor = load_operand(d, b, rows.of_b(rows.begin) + i);
      auto sum = hn::Zero(d);
      for (int64_t row = rows.begin; row < rows.end; ++row) {
        const int64_t at = row * channels + i;
        const auto x = load_operand(d, a, at);
        auto g = load_real(d, dy + at);
        if (grid != nullptr) g = hn::IfThenElseZero(on_grid.inside(hn::Mul(x, factor)), g);
        if (da != nullptr) store_real(d, hn::Mul(g, factor), da + at);
        sum = hn::Add(sum, hn::Mul(g, x));
      }
      if (db != nullptr) {
        float* to = db + rows.of_b(rows.begin) + i;
        hn::StoreU(hn::Add(hn::LoadU(d, to), sum), d, to);
      }
    }
  });
}

void product_gradients(const Operand& a, const Operand& b, const ConstReals& dy, const ProductShape& shape,
                       int64_t begin, int64_t end, const Grid* grid, const Reals& da, float* db) {
  const Rows rows{begin, end, shape};
  if (dy.bf16 != nullptr) {
    gradients(a, b, dy.bf16, rows, grid, da.bf16, db);
  } else {
    gradients(a, b, dy.f32, rows, grid, da.f32, db);
  }
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(range_of_product);
HWY_EXPORT(product_values);
HWY_EXPORT(product_codes);
HWY_EXPORT(product_gradients);

constexpr float kInfinity = std::numeric_limits<float>::infinity();

int64_t rows_of(const ProductShape& shape) { return shape.groups * shape.rows; }
int64_t grain_of(const ProductShape& shape) {
  return std::max<int64_t>(1, kPartFloats / std::max<int64_t>(1, shape.channels));
}

}  // namespace

MinMax multiply_range(const Operand& a, const Operand& b, const ProductShape& shape) {
  const int64_t rows = rows_of(shape), block = grain_of(shape), blocks = (rows + block - 1) / block;
  std::vector<float> low(static_cast<size_t>(blocks), kInfinity), high(low.size(), -kInfinity),
      nan(low.size());
  parallel_for(blocks, 1, [&](int64_t first, int64_t last) {
    for (int64_t at = first; at < last; ++at) {
      const auto i = static_cast<size_t>(at);
      NUDGE_DISPATCH(range_of_product)
      (a, b, shape, at * block, std::min(rows, (at + 1) * block), &low[i], &high[i], &nan[i]);
    }
  });
  MinMax range{kInfinity, -kInfinity};
  for (size_t i = 0; i < low.size(); ++i) {
    if (nan[i] != 0.0f) return {nan[i], nan[i]};
    range = {std::min(range.min, low[i]), std::max(range.max, high[i])};
  }
  return range;
}

void multiply(const Operand& a, const Operand& b, const ProductShape& shape, const Reals& values) {
  parallel_for(rows_of(shape), grain_of(shape), [&](int64_t begin, int64_t end) {
    NUDGE_DISPATCH(product_values)(a, b, shape, begin, end, values);
  });
}

void multiply(const Operand& a, const Operand& b, const ProductShape& shape, const Grid& grid,
              uint8_t* codes) {
  if (grid.degenerate()) {
    std::fill_n(codes, rows_of(shape) * shape.channels, static_cast<uint8_t>(grid.zero_point));
    return;
  }
  parallel_for(rows_of(shape), grain_of(shape), [&](int64_t begin, int64_t end) {
    NUDGE_DISPATCH(product_codes)(a, b, shape, begin, end, grid, codes);
  });
}

void multiply_gradient(const Operand& a, const Operand& b, const ConstReals& dy, const ProductShape& shape,
                       const Grid* grid, const Reals& da, float* db) {
  const Grid* limits = grid != nullptr && grid->degenerate() ? nullptr : grid;
  if (db != nullptr) std::fill_n(db, shape.groups * shape.channels, 0.0f);
  // A group's sum is one thread's, in the rows' order.
  const int64_t grain = std::max<int64_t>(1, grain_of(shape) / shape.rows);
  parallel_for(shape.groups, grain, [&](int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) {
      NUDGE_DISPATCH(product_gradients)
      (a, b, dy, shape, group * shape.rows, (group + 1) * shape.rows, limits, da, db);
    }
  });
}

}  // namespace nudge::kernels
#endif
