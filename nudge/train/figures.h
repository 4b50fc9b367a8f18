// What is measured of ranges and of batch normalisation's averages when an epoch ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nudge::train {

// The range of an activation.
struct RangeFigure {
  std::string name;  // "quant_conv2d/output"
  double min = 0.0;
  double max = 0.0;
  double distance = 0.0;  // how far it still moves, relative to its width: see quantize::Ranges
  int64_t updates = 0;
  std::optional<double> saturation;  // see saturation.h; none where that is not measured
  bool settled = false;
};

// The moving averages of a layer.
struct AveragesFigure {
  std::string layer;
  // From the mean of the latest batches' statistics, in standard deviations of these, the mean square over
  // channels' root: 0 once the start is forgotten and the weights have come to rest.
  double distance = 0.0;
  bool settled = false;
};

// The largest of a figure: 0 of none.
template <typename Figure>
double largest_distance(const std::vector<Figure>& figures) {
  double largest = 0.0;
  for (const Figure& figure : figures) largest = figure.distance > largest ? figure.distance : largest;
  return largest;
}

// 1 of none.
template <typename Figure>
double settled_share(const std::vector<Figure>& figures) {
  double settled = 0.0;
  for (const Figure& figure : figures) settled += figure.settled ? 1.0 : 0.0;
  return figures.empty() ? 1.0 : settled / static_cast<double>(figures.size());
}

}  // namespace nudge::train
