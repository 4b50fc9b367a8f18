#include "nudge/convert/portable_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::convert {
namespace {

constexpr int32_t kTies = 255;  // between a zero point at one end of the 256 codes and the other end
constexpr double kMostSumsACode = 16384;
constexpr double kMostAbove = 0.3;
constexpr double kMostBelow = 1.0 / 128;
constexpr double kRoundings = 1e-6;  // of the scale to a float, and the hair
constexpr int kHairs = 4;            // floats that are tried, the hair being a few units in the last place

// The factor of a product in every arithmetic.
struct Factor {
  Factor(float scale, float input, float output)
      : once(static_cast<double>(input) * static_cast<double>(scale) / static_cast<double>(output)),
        reference(tflite::quantize_multiplier(once)),
        xnnpack(input * scale / output) {}

  // Whether all of them make `code` of `sum`, and its opposite of the opposite.
  bool gives(int32_t sum, int32_t code) const {
    return tflite::multiply(sum, reference) == code && tflite::multiply(-sum, reference) == -code &&
           std::nearbyint(static_cast<float>(sum) * xnnpack) == static_cast<float>(code) &&
           std::round(sum * once) == code;
  }

  double once;
  tflite::Multiplier reference;
  float xnnpack;
};

// Whether the sums beside every tie give what they should, where `n` sums make one code; the sums between
// follow, as every arithmetic is monotonic.
bool agrees_at_ties(int32_t n, const Factor& factor) {
  const auto agrees_at = [&](int32_t k) {
    const int32_t sum = (2 * k + 1) * (n / 2);
    return factor.gives(sum, k + 1) && factor.gives(sum - 1, k);
  };
  // Most that fail do so at the last tie, to which the hair has grown the most.
  if (!agrees_at(kTies - 1)) return false;
  for (int32_t k = 0; k < kTies - 1; ++k) {
    if (!agrees_at(k)) return false;
  }
  return true;
}

// The least float with which every `n` sums make one code, if there is one: slightly more than the exact one.
float scale_of(int32_t n, float input, float output) {
  auto scale = static_cast<float>(static_cast<double>(output) / (static_cast<double>(input) * n));
  for (int hair = 0; hair < kHairs; ++hair) {
    if (agrees_at_ties(n, {scale, input, output})) return scale;
    scale = std::nextafter(scale, std::numeric_limits<float>::infinity());
  }
  return 0;
}

double sums_a_code(double scale, float input, float output) {
  return static_cast<double>(output) / (static_cast<double>(input) * scale);
}

bool within_limits(double sums) { return sums >= 2 && sums <= kMostSumsACode; }

int32_t nearest_even(double n) { return 2 * static_cast<int32_t>(std::lround(n / 2)); }

}  // namespace

float portable_scale(double scale, float input, float output) {
  const double sums = sums_a_code(scale, input, output);
  const auto unchanged = static_cast<float>(scale);
  if (!within_limits(sums)) return unchanged;
  const double fewest = sums / (1 + kMostAbove), most = sums / (1 - kMostBelow);
  const int32_t nearest = nearest_even(sums);
  for (int32_t distance = 0; nearest - distance >= fewest; distance += 2) {
    for (const int32_t n : {nearest - distance, nearest + distance}) {
      if (n < std::max(fewest, 2.0) || n > most) continue;
      if (const float found = scale_of(n, input, output); found > 0) return found;
    }
  }
  return unchanged;
}

int8_t portable_code(double weight, float input, float output) {
  std::vector<std::pair<double, int8_t>> by_distance;
  for (int8_t code = 127; code >= 64; --code) {
    const double sums = sums_a_code(weight / code, input, output);
    if (within_limits(sums)) by_distance.emplace_back(std::abs(sums / nearest_even(sums) - 1), code);
  }
  std::sort(by_distance.begin(), by_distance.end());
  for (const auto& [distance, code] : by_distance) {
    const double moved = static_cast<double>(portable_scale(weight / code, input, output)) * code / weight;
    if (std::abs(moved - 1) < 2 * distance + kRoundings) return code;
  }
  return 127;
}

}  // namespace nudge::convert
