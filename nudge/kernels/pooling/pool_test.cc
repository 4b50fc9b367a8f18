#include "nudge/kernels/pooling/pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/kernels/cpu/target_test.h"
#include "nudge/kernels/elementwise/codes_test.h"

namespace nudge::kernels {
namespace {

class Pooling : public TargetTest {};

const Pool kPools[] = {{.batch = 2, .in_height = 8, .in_width = 6, .channels = 5},
                       {.batch = 1,
                        .in_height = 7,
                        .in_width = 9,
                        .channels = 19,
                        .pool_height = 3,
                        .pool_width = 3,
                        .pad_top = 0,
                        .pad_bottom = 1,
                        .pad_left = 1,
                        .pad_right = 1},
                       {.batch = 3,
                        .in_height = 5,
                        .in_width = 5,
                        .channels = 8,
                        .pool_height = 3,
                        .pool_width = 2,
                        .stride_height = 1,
                        .stride_width = 1,
                        .pad_top = 1,
                        .pad_bottom = 1},
                       {.batch = 2,
                        .in_height = 7,
                        .in_width = 7,
                        .channels = 33,
                        .pool_height = 7,
                        .pool_width = 7,
                        .stride_height = 7,
                        .stride_width = 7}};

// Calls body(output index, input indices of the window in row-major order).
template <class Body>
void for_each_output(const Pool& p, const Body& body) {
  for (int64_t n = 0; n < p.batch; ++n) {
    for (int64_t oy = 0; oy < p.out_height(); ++oy) {
      for (int64_t ox = 0; ox < p.out_width(); ++ox) {
        for (int64_t c = 0; c < p.channels; ++c) {
          std::vector<size_t> window;
          for (int64_t ky = 0; ky < p.pool_height; ++ky) {
            for (int64_t kx = 0; kx < p.pool_width; ++kx) {
              const int64_t iy = oy * p.stride_height - p.pad_top + ky,
                            ix = ox * p.stride_width - p.pad_left + kx;
              if (iy < 0 || iy >= p.in_height || ix < 0 || ix >= p.in_width) continue;
              window.push_back(
                  static_cast<size_t>(((n * p.in_height + iy) * p.in_width + ix) * p.channels + c));
            }
          }
          body(static_cast<size_t>(((n * p.out_height() + oy) * p.out_width() + ox) * p.channels + c),
               window);
        }
      }
    }
  }
}

TEST_P(Pooling, MaxPoolGivesTheGradientToTheFirstMaximum) {
  for (const Pool& pool : kPools) {
    // Few different codes, so that maxima tie.
    const Grid grid = nudge_range(-1.0f, 1.0f, 3);
    const Codes codes = codes_of(normals(static_cast<size_t>(pool.in_size()), 4), grid);
    const Floats x(codes.begin(), codes.end()), dy = normals(static_cast<size_t>(pool.out_size()), 5);
    Codes y(dy.size());
    Floats y_float(dy.size()), dx(x.size(), 1.0f), dx_float(x.size(), 1.0f), expected(x.size(), 1.0f);
    max_pool(pool, codes.data(), y.data());
    max_pool(pool, x.data(), y_float.data());
    max_pool_gradient(pool, codes.data(), dy.data(), dx.data(), true);
    max_pool_gradient(pool, x.data(), dy.data(), dx_float.data(), true);
    for_each_output(pool, [&](size_t out, const std::vector<size_t>& window) {
      size_t best = window[0];
      for (const size_t i : window) {
        if (codes[i] > codes[best]) best = i;
      }
      ASSERT_EQ(y[out], codes[best]);
      ASSERT_EQ(y_float[out], x[best]);
      expected[best] += dy[out];
    });
    EXPECT_EQ(dx, expected);
    EXPECT_EQ(dx_float, expected);
    max_pool_gradient(pool, codes.data(), dy.data(), dx.data());
    for (size_t i = 0; i < dx.size(); ++i) ASSERT_NEAR(dx[i], expected[i] - 1.0f, 1e-5f);
  }
}

TEST_P(Pooling, AveragePoolLeavesPaddingOut) {
  for (const Pool& pool : kPools) {
    const Grid grid = nudge_range(-1.0f, 2.0f);
    const Codes codes = codes_of(normals(static_cast<size_t>(pool.in_size()), 6), grid);
    Floats x(codes.size());
    dequantize(codes.data(), pool.in_size(), grid, x.data());
    const Floats dy = normals(static_cast<size_t>(pool.out_size()), 7);
    Floats y(dy.size()), y_float(dy.size()), dx(x.size()), twice(x.size(), 1.0f), expected(x.size());
    average_pool(pool, {.codes = codes.data(), .grid = grid}, y.data());
    average_pool(pool, {.values = x.data()}, y_float.data());
    average_pool_gradient(pool, dy.data(), dx.data());
    average_pool_gradient(pool, dy.data(), twice.data(), true);
    for_each_output(pool, [&](size_t out, const std::vector<size_t>& window) {
      double sum = 0.0;
      for (const size_t i : window) {
        sum += static_cast<double>(x[i]);
        expected[i] += dy[out] / static_cast<float>(window.size());
      }
      ASSERT_NEAR(static_cast<double>(y[out]), sum / static_cast<double>(window.size()), 1e-6);
      ASSERT_NEAR(y_float[out], y[out], 1e-6f);
    });
    for (size_t i = 0; i < dx.size(); ++i) {
      ASSERT_NEAR(dx[i], expected[i], 1e-6f);
      ASSERT_NEAR(twice[i], expected[i] + 1.0f, 1e-6f);
    }
  }
}

NUDGE_EACH_TARGET(Pooling);

TEST(PoolErrors, AreTyped) {
  Floats x(100), y(100);
  EXPECT_THROW(max_pool(Pool{.batch = 0}, x.data(), y.data()), ValueError);
  EXPECT_THROW(max_pool(Pool{.in_height = 4, .in_width = 4, .pad_top = 2}, x.data(), y.data()), ValueError);
  EXPECT_THROW(average_pool(Pool{.in_height = 1, .in_width = 4}, {.values = x.data()}, y.data()), ValueError);
}

}  // namespace
}  // namespace nudge::kernels
