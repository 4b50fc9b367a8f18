// Mean, variance and extremes of every channel, gathered chunk by chunk and merged over threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nudge/kernels/channels/channel_passes.h"

namespace nudge::kernels {

class ChannelMoments {
 public:
  // `rows` more rows of `channels` floats.
  void add(const float* x, int64_t rows, int64_t channels);
  // The same of rows that are gathered elsewhere, between the two calls, once some have been added; not more
  // rows than a float can sum.
  ChannelStatistics begin_rows();
  void end_rows(int64_t rows);
  void merge(const ChannelMoments& other);

  int64_t rows() const { return rows_; }
  // NaN when any value of the channel is.
  double mean(size_t channel) const;
  // Biased: over the number of rows.
  double variance(size_t channel) const;
  const std::vector<float>& min() const { return min_; }
  const std::vector<float>& max() const { return max_; }

 private:
  int64_t rows_ = 0;
  // The first row; sums are of the differences to it, or large means would drown the variance.
  std::vector<float> shift_;
  std::vector<double> sum_, square_;
  std::vector<float> min_, max_;
  std::vector<float> chunk_sum_, chunk_square_;
};

}  // namespace nudge::kernels
