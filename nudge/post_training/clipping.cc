#include "nudge/post_training/clipping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/kernels/values/grid.h"

namespace nudge::post_training {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
// Candidates go from all of a side down to so much of it.
constexpr int kCandidates = 50;
constexpr int kFewest = 5;
constexpr int kRounds = 3;

int64_t bin_count(const ValueHistogram& values) { return static_cast<int64_t>(values.bins().size()); }

double clamp_code(double value, const kernels::Grid& grid) {
  const double code = std::floor((value - double{grid.nudged_min}) / double{grid.scale} + 0.5);
  return std::clamp(code, 0.0, static_cast<double>(grid.qmax - grid.qmin));
}

// The sum of squared errors, the values of a bin taken for its middle.
double squared_error(const ValueHistogram& values, const Limits& limits, int bits) {
  const kernels::Grid grid = kernels::nudge_range(limits.min, limits.max, bits);
  if (grid.degenerate()) return kNever;
  double sum = 0;
  for (int64_t i = 0; i < bin_count(values); ++i) {
    const int64_t count = values.bins()[static_cast<size_t>(i)];
    if (count == 0) continue;
    const double kept = double{grid.nudged_min} + clamp_code(values.center(i), grid) * double{grid.scale};
    sum += static_cast<double>(count) * (values.center(i) - kept) * (values.center(i) - kept);
  }
  return sum;
}

Limits part_of(const ValueHistogram& values, int low, int high) {
  return {values.min() * static_cast<float>(low) / kCandidates,
          values.max() * static_cast<float>(high) / kCandidates};
}

// What lies within the limits, one number a bin; what lies beyond counts in the outermost two.
std::vector<double> clipped_counts(const ValueHistogram& values, int64_t first, int64_t end) {
  std::vector<double> counts(static_cast<size_t>(end - first));
  for (int64_t i = 0; i < bin_count(values); ++i) {
    const int64_t at = std::clamp(i, first, end - 1);
    counts[static_cast<size_t>(at - first)] += static_cast<double>(values.bins()[static_cast<size_t>(i)]);
  }
  return counts;
}

double divergence(const ValueHistogram& values, const Limits& limits, int bits) {
  const kernels::Grid grid = kernels::nudge_range(limits.min, limits.max, bits);
  if (grid.degenerate()) return kNever;
  int64_t first = 0, end = bin_count(values);
  while (first < end && values.lower_edge(first + 1) <= double{limits.min}) ++first;
  while (end > first && values.lower_edge(end - 1) >= double{limits.max}) --end;
  if (first == end) return kNever;
  const std::vector<double> counts = clipped_counts(values, first, end);
  // What each code keeps: the values that are rounded to it, spread evenly over those of its bins that are
  // taken.
  const auto codes = static_cast<size_t>(grid.qmax - grid.qmin + 1);
  std::vector<double> kept(codes), taken(codes);
  const auto code_of = [&](size_t i) {
    return static_cast<size_t>(clamp_code(values.center(first + static_cast<int64_t>(i)), grid));
  };
  double kept_all = 0, all = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    const auto own = static_cast<double>(values.bins()[static_cast<size_t>(first) + i]);
    kept[code_of(i)] += own;
    kept_all += own;
    all += counts[i];
    if (counts[i] != 0) ++taken[code_of(i)];
  }
  double sum = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const double spread = kept[code_of(i)] / taken[code_of(i)];
    if (spread == 0) return kNever;  // nothing but what was beyond
    sum += counts[i] / all * std::log(counts[i] / all * kept_all / spread);
  }
  return sum;
}

}  // namespace

Limits clip_at_percentile(const ValueHistogram& values, double percentile) {
  if (!(percentile > 50 && percentile <= 100))
    throw ValueError(fmt::format("a percentile lies above 50 and is at most 100, given {}", percentile));
  const double beyond = static_cast<double>(values.count()) * (100 - percentile) / 100;
  Limits limits{values.min(), values.max()};
  double below = 0, above = 0;
  for (int64_t i = 0; i < bin_count(values) && values.lower_edge(i + 1) <= 0; ++i) {
    below += static_cast<double>(values.bins()[static_cast<size_t>(i)]);
    if (below > beyond) break;
    limits.min = static_cast<float>(values.lower_edge(i + 1));
  }
  for (int64_t i = bin_count(values) - 1; i >= 0 && values.lower_edge(i) >= 0; --i) {
    above += static_cast<double>(values.bins()[static_cast<size_t>(i)]);
    if (above > beyond) break;
    limits.max = static_cast<float>(values.lower_edge(i));
  }
  return limits;
}

Limits clip_by_squared_error(const ValueHistogram& values, int bits) {
  int low = kCandidates, high = kCandidates;
  double least = squared_error(values, part_of(values, low, high), bits);
  // One end after the other, as long as that helps.
  for (int round = 0; round < kRounds; ++round) {
    const double before = least;
    for (int* end : {&high, &low}) {
      int best = *end;
      for (*end = kFewest; *end <= kCandidates; ++*end) {
        const double error = squared_error(values, part_of(values, low, high), bits);
        if (error < least) {
          least = error;
          best = *end;
        }
      }
      *end = best;
    }
    if (least == before) break;
  }
  return part_of(values, low, high);
}

Limits clip_by_entropy(const ValueHistogram& values, int bits) {
  int best = kCandidates;
  double least = kNever;
  for (int part = kCandidates; part >= kFewest; --part) {
    const double lost = divergence(values, part_of(values, part, part), bits);
    if (lost < least) {
      least = lost;
      best = part;
    }
  }
  return part_of(values, best, best);
}

}  // namespace nudge::post_training
