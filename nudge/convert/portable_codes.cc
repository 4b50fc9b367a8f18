#include "nudge/convert/portable_codes.h"

#include <algorithm>
#include <cmath>

#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::convert {
namespace {

constexpr double kHair = 1e-6;
constexpr int kCodes = 256;

int clamped(int64_t code) { return static_cast<int>(std::clamp<int64_t>(code, INT8_MIN, INT8_MAX)); }

int reference(int x, const tflite::Multiplier& factor, int32_t zero_point) {
  return clamped(int64_t{tflite::multiply(x, factor)} + zero_point);
}

int xnnpack(int x, float factor, int32_t zero_point) {
  const auto fixed = static_cast<int64_t>(std::lrint(factor * 256.0F));
  return clamped(((x * fixed + 128) >> 8) + zero_point);
}

// Counts up to `enough`.
int differing_codes(const CodeGrid& from, const CodeGrid& to, int enough) {
  const float real = from.scale / to.scale;
  const auto fixed =
      tflite::quantize_multiplier(static_cast<double>(from.scale) / static_cast<double>(to.scale));
  int differing = 0;
  for (int code = INT8_MIN; code <= INT8_MAX && differing < enough; ++code) {
    const int x = code - from.zero_point;
    differing += reference(x, fixed, to.zero_point) != xnnpack(x, real, to.zero_point) ? 1 : 0;
  }
  return differing;
}

// Scales at which the factors from these grids have no more than 8 bits behind the point, or a hair more or
// less.
std::vector<float> candidates(const std::vector<CodeGrid>& from, float scale) {
  std::vector<float> scales{scale};
  for (const CodeGrid& each : from) {
    const auto unit = static_cast<double>(each.scale);
    const int64_t nearest = std::llround(256 * unit / static_cast<double>(scale));
    const auto reach = static_cast<int64_t>(std::ceil(static_cast<double>(nearest) * (kCoarsestScale - 1)));
    for (int64_t k = std::max<int64_t>(1, nearest - reach); k <= nearest + reach; ++k) {
      for (const double hair : {0.0, -kHair, kHair}) {
        scales.push_back(static_cast<float>(unit * 256 / static_cast<double>(k) * (1 + hair)));
      }
    }
  }
  std::erase_if(scales, [&](float each) {
    const double factor = static_cast<double>(each) / static_cast<double>(scale);
    return !(factor >= kFinestScale && factor <= kCoarsestScale);
  });
  std::ranges::stable_sort(scales, {}, [scale](float each) { return std::abs(each / scale - 1); });
  return scales;
}

}  // namespace

int requantized_otherwise(const CodeGrid& from, const CodeGrid& to) {
  return differing_codes(from, to, kCodes);
}

float portable_quantize_scale(const std::vector<CodeGrid>& from, const CodeGrid& to) {
  float best = to.scale;
  int fewest = kCodes * static_cast<int>(from.size()) + 1;
  for (const float scale : candidates(from, to.scale)) {
    int differing = 0;
    for (const CodeGrid& each : from) differing += differing_codes(each, {scale, to.zero_point}, fewest);
    if (differing >= fewest) continue;
    fewest = differing;
    best = scale;
    if (fewest == 0) break;
  }
  return best;
}

CodeGrid around_zero(const CodeGrid& grid) {
  if (grid.zero_point == 0) return grid;
  const auto farthest = static_cast<float>(std::max(INT8_MAX - grid.zero_point, grid.zero_point - INT8_MIN));
  return {portable_quantize_scale({grid}, {grid.scale * farthest / INT8_MAX, 0}), 0};
}

}  // namespace nudge::convert
