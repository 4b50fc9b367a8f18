#include "nudge/convert/portable_scale.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <initializer_list>

#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::convert {
namespace {

// The factor of a product in every arithmetic.
struct Factor {
  explicit Factor(const SumFactor& factor)
      : exact(factor.exact), fixed(tflite::quantize_multiplier(exact)), real(factor.rounded) {}

  bool overflows(const Sums& sums) const {
    const int64_t limit = int64_t{1} << (31 - std::clamp(fixed.e, 0, 31));
    return sums.most >= limit || sums.least <= -limit;
  }

  // Whether all of them make a code of at least `code` of `sum`, or of at most.
  bool at_least(int64_t sum, int32_t code) const {
    return twice(sum) >= code && once(sum) >= code && floats(sum) >= code && doubles(sum) >= code;
  }
  bool at_most(int64_t sum, int32_t code) const {
    return twice(sum) <= code && once(sum) <= code && floats(sum) <= code && doubles(sum) <= code;
  }

  // LiteRT's reference kernels, TensorFlow Lite Micro.
  int32_t twice(int64_t sum) const { return tflite::multiply(static_cast<int32_t>(sum), fixed); }
  // The single-rounding builds of both.
  int64_t once(int64_t sum) const {
    const int shift = 31 - fixed.e;
    return shift > 62 ? 0 : (sum * fixed.q + (int64_t{1} << (shift - 1))) >> shift;
  }
  // XNNPACK.
  float floats(int64_t sum) const {
    return std::nearbyint(static_cast<float>(static_cast<int32_t>(sum)) * real);
  }
  // FULLY_CONNECTED of the reference kernels.
  double doubles(int64_t sum) const { return std::round(static_cast<double>(sum) * exact); }

  double exact;
  tflite::Multiplier fixed;
  float real;
};

constexpr double kMostSumsACode = 0x1p23;  // a float tells no more of them apart
constexpr int kTried = 8;
constexpr int kTriedOfMany = 3;  // where even numbers are close to each other
constexpr double kMany = 256;
constexpr double kCoarsest = 256;  // codes a sum: XNNPACK takes no more
constexpr int kSteps = 32;         // from a scale to its double, where nearly all are free
constexpr double kFarther = 0.01, kEverFarther = 1.3;

bool is_portable_count(int64_t n) {
  return n == 2 || (n > 2 && n % 2 == 0 && !std::has_single_bit(static_cast<uint64_t>(n)));
}

// Even numbers around `sums`, nearest first; at most `most`.
std::vector<int64_t> counts_near(double sums, double most) {
  std::vector<int64_t> counts;
  const int64_t nearest = nearest_even(std::min({sums, most, kMostSumsACode}));
  const size_t wanted = sums > kMany ? kTriedOfMany : kTried;
  const int64_t farthest = std::max<int64_t>(nearest, 2 * kTried);
  for (int64_t distance = 0; distance <= farthest && counts.size() < wanted; distance += 2) {
    for (const int64_t n : {nearest - distance, nearest + distance}) {
      if (!is_portable_count(n) || static_cast<double>(n) > most) continue;
      if (counts.empty() || counts.back() != n) counts.push_back(n);
    }
  }
  return counts;
}

}  // namespace

int64_t nearest_even(double n) { return 2 * std::llround(n / 2); }

bool same_codes(float weight_scale, float input_scale, const CodeGrid& output, const Sums& sums) {
  const double exact = static_cast<double>(input_scale) * static_cast<double>(weight_scale) /
                       static_cast<double>(output.scale);
  return same_codes({exact, input_scale * weight_scale / output.scale}, output, sums);
}

bool same_codes(const SumFactor& sum_factor, const CodeGrid& output, const Sums& sums) {
  const Factor factor(sum_factor);
  if (!std::isfinite(factor.exact) || factor.exact <= 0 || factor.overflows(sums)) return false;
  const int32_t lowest = INT8_MIN - output.zero_point, highest = INT8_MAX - output.zero_point;
  const auto code_of = [&](int64_t sum) {
    return static_cast<int32_t>(std::clamp<double>(factor.doubles(sum), lowest, highest));
  };
  // No tie further away than this lies within the sums.
  const int32_t first = std::max(lowest, code_of(sums.least) - 1);
  const int32_t last = std::min(highest, code_of(sums.most) + 1);
  // Most that fail do so at the last tie, to which the hair has grown the most.
  for (int32_t code = last - 1; code >= first; --code) {
    const double above = std::ceil((code + 0.5) / factor.exact);
    const auto up = static_cast<int64_t>(std::clamp(above, -0x1p40, 0x1p40));
    const int64_t high = std::max(up, sums.least), low = std::min(up - 1, sums.most);
    if (high <= sums.most && !factor.at_least(high, code + 1)) return false;
    if (low >= sums.least && !factor.at_most(low, code)) return false;
  }
  return true;
}

ScaleCandidates portable_candidates(double scale, double least, float input_scale, float output_scale) {
  const double unit = static_cast<double>(output_scale) / static_cast<double>(input_scale);
  const double sums = unit / scale;
  ScaleCandidates candidates{{std::max(scale, least)}, {}};
  const double most = unit / least;
  for (const int64_t n : counts_near(sums, most)) candidates.near.push_back(unit / static_cast<double>(n));
  // Below six sums a code there is no even number but 2, and nearly every scale from there on will do.
  if (sums < 6 && most >= 2) {
    const double first = std::max(scale, unit / 2);
    for (int step = 1; step <= kSteps; ++step) candidates.near.push_back(first * (1 + step / double{kSteps}));
  }
  const double start = std::min({sums, most, kMostSumsACode});
  for (double away = kFarther; start / (1 + away) > 1 / kCoarsest; away *= kEverFarther) {
    const double n = start / (1 + away);
    const int64_t even = nearest_even(n);
    if (n >= 2 && (!is_portable_count(even) || static_cast<double>(even) > most)) continue;
    candidates.far.push_back(unit / (n >= 2 ? static_cast<double>(even) : n));
  }
  return candidates;
}

}  // namespace nudge::convert
