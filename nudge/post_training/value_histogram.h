// How often values of one tensor fall where, gathered batch by batch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nudge::post_training {

// Bins are of one width, a power of two, and 0 is an edge between two of them; the width doubles where values
// beyond the last bin come, so that the result depends on all values and not on their order.
class ValueHistogram {
 public:
  // Throws NumericError where a value is not finite.
  void add(std::span<const float> values);

  // Of all values; 0 is always within, as it is on every grid.
  float min() const { return min_; }
  float max() const { return max_; }
  int64_t count() const { return zeros_ + others_; }
  // Values that are 0 exactly lie in no bin: a grid holds them without an error.
  int64_t zeros() const { return zeros_; }

  const std::vector<int64_t>& bins() const { return bins_; }
  // Bin i holds the values from lower_edge(i) to lower_edge(i + 1).
  double lower_edge(int64_t i) const { return static_cast<double>(first_ + i) * width_; }
  double center(int64_t i) const { return (static_cast<double>(first_ + i) + 0.5) * width_; }

 private:
  void make_room(float low, float high);

  std::vector<int64_t> bins_;
  int64_t first_ = 0;  // the number of bin 0, counted from 0
  double width_ = 0;   // 0: no value other than 0 has come
  float min_ = 0, max_ = 0;
  int64_t zeros_ = 0, others_ = 0;
};

}  // namespace nudge::post_training
