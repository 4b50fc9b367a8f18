#include "nudge/post_training/value_histogram.h"

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"

namespace nudge::post_training {
namespace {

// Eight to sixteen to a step of an 8-bit grid over all of them.
constexpr int64_t kMostBins = 4096;

int64_t bin_of(double value, double width) { return static_cast<int64_t>(std::floor(value / width)); }

}  // namespace

void ValueHistogram::make_room(float low, float high) {
  min_ = std::min(min_, low);
  max_ = std::max(max_, high);
  if (min_ == 0 && max_ == 0) return;
  const auto bins_needed = [&](double width) { return bin_of(max_, width) - bin_of(min_, width) + 1; };
  double width = width_ != 0 ? width_ : std::ldexp(1.0, std::ilogb(double{max_} - min_) - 12);
  while (bins_needed(width) > kMostBins) width *= 2;
  std::vector<int64_t> bins(static_cast<size_t>(bins_needed(width)));
  const int64_t first = bin_of(min_, width);
  for (size_t i = 0; i < bins_.size(); ++i) {
    if (bins_[i] != 0)
      bins[static_cast<size_t>(bin_of(center(static_cast<int64_t>(i)), width) - first)] += bins_[i];
  }
  bins_ = std::move(bins);
  first_ = first;
  width_ = width;
}

void ValueHistogram::add(std::span<const float> values) {
  if (values.empty()) return;
  float low = 0, high = 0;
  for (const float value : values) {
    if (!std::isfinite(value)) throw NumericError("a value that is not finite");
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low < min_ || high > max_ || (width_ == 0 && low != high)) make_room(low, high);
  for (const float value : values) {
    if (value == 0) {
      ++zeros_;
    } else {
      ++bins_[static_cast<size_t>(bin_of(value, width_) - first_)];
      ++others_;
    }
  }
}

}  // namespace nudge::post_training
