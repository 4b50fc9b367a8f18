#include "nudge/convert/portable_multiply.h"

#include <algorithm>
#include <cmath>

#include "nudge/convert/portable_scale.h"

namespace nudge::convert {
namespace {

constexpr int kFloatsTried = 5;       // floats that are tried for each candidate
constexpr double kMostSums = 0x1p23;  // a code: a float tells no more of them apart

Sums sums_of(const MultipliedGrids& grids) {
  const int64_t low_a = INT8_MIN - grids.a.zero_point, high_a = INT8_MAX - grids.a.zero_point;
  const int64_t low_b = grids.least_b - grids.b.zero_point, high_b = grids.most_b - grids.b.zero_point;
  const auto [least, most] = std::minmax({low_a * low_b, low_a * high_b, high_a * low_b, high_a * high_b});
  return {std::min<int64_t>(0, least) * grids.terms, std::max<int64_t>(0, most) * grids.terms};
}

}  // namespace

bool multiplies_alike(const MultipliedGrids& grids, const CodeGrid& product) {
  // Both kernels round the product of the scales to a float.  MUL's quotient too; BATCH_MATMUL's is a double.
  const float unit = grids.a.scale * grids.b.scale;
  const float rounded = unit / product.scale;
  const double exact = grids.terms == 1 ? static_cast<double>(rounded)
                                        : static_cast<double>(unit) / static_cast<double>(product.scale);
  return same_codes({exact, rounded}, product, sums_of(grids));
}

float portable_multiply_scale(const MultipliedGrids& grids, const CodeGrid& product) {
  const auto original = static_cast<double>(product.scale);
  const double unit = static_cast<double>(grids.a.scale * grids.b.scale);
  const double sums = original / unit;
  if (!(sums >= 1 && sums <= kMostSums)) return product.scale;
  for (int64_t away = 0; static_cast<double>(away) <= (kCoarsestScale - 1) * sums + 2; away += 2) {
    for (const int64_t n : {nearest_even(sums) + away, nearest_even(sums) - away}) {
      auto scale = static_cast<float>(unit * static_cast<double>(n));
      const double factor = static_cast<double>(scale) / original;
      if (factor < kFinestScale || factor > kCoarsestScale) continue;
      for (int hair = 0; hair < kFloatsTried; ++hair) {
        if (multiplies_alike(grids, {scale, product.zero_point})) return scale;
        scale = std::nextafter(scale, 0.0F);
      }
    }
  }
  return product.scale;
}

std::optional<UnitConstant> portable_unit(const CodeGrid& from, const CodeGrid& to) {
  constexpr double kClose = 0x1p-10;
  const double ratio = static_cast<double>(from.scale) / static_cast<double>(to.scale);
  if (!(ratio * kMostSums >= 1)) return std::nullopt;
  std::optional<UnitConstant> best;
  double least = kClose;
  for (int code = 1; code <= INT8_MAX; ++code) {
    const int64_t n = nearest_even(code / ratio);
    const double error = n > 0 ? std::abs(code / (ratio * static_cast<double>(n)) - 1) : least;
    if (error >= least) continue;
    auto scale = static_cast<float>(1 / (ratio * static_cast<double>(n)));
    for (int hair = 0; hair < kFloatsTried; ++hair) {
      if (multiplies_alike({.a = from, .b = {scale, 0}, .least_b = code, .most_b = code}, to)) {
        best = {static_cast<int8_t>(code), scale};
        least = error;
        break;
      }
      scale = std::nextafter(scale, 1.0F);
    }
  }
  return best;
}

}  // namespace nudge::convert
